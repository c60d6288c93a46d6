#!/bin/sh
# Runs the experiments of Experiments/, all of them or those named, one after another, and keeps what each
# comes to in Experiments/results/. Interrupted, it goes on where it stopped; what is done is not done twice.
#
#   Scripts/results.sh [NAME…]      such as convnet-wider
#   DATA=SPEC Scripts/results.sh convnet-wider      on other data, such as cifar10:DIR
#   THREADS=2                       threads for each operator
set -eu
cd "$(dirname "$0")/.."
net2net=${NET2NET:-.build/release/net2net}

data_of() {
  case "$1" in
    *gpt-*) Scripts/text.sh >&2; echo "text:Experiments/data/bible.txt:context=64" ;;
    *) echo fashion-mnist ;;
  esac
}

if [ $# = 0 ]; then
  for plan in Experiments/*.yml; do set -- "$@" "$(basename "$plan" .yml)"; done
fi
for name in "$@"; do
  data=${DATA:-$(data_of "$name")}
  kind=
  if [ -n "${DATA:-}" ]; then kind=-$(echo "$DATA" | sed 's/:.*//'); fi
  echo "== $name, $data"
  "$net2net" compare "Experiments/$name.yml" --data "$data" -o "Experiments/runs/$name$kind" \
    ${THREADS:+--threads "$THREADS"}
  mkdir -p "Experiments/results/$name$kind"
  for file in table.md report.html; do
    cp "Experiments/runs/$name$kind/$file" "Experiments/results/$name$kind/$file"
  done
done
