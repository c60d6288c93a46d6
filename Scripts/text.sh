#!/bin/sh
# Fetches a long text in the public domain, for experiments with gpt: the King James Bible as Debian's
# package bible-kjv prints it, 4.4 MB, a verse a line. Does nothing where it is there already.
#
#   Scripts/text.sh [FILE]      Experiments/data/bible.txt unless given
set -eu
cd "$(dirname "$0")/.."
file=${1:-Experiments/data/bible.txt}
least=4000000

if [ -f "$file" ] && [ "$(wc -c <"$file")" -ge "$least" ]; then exit 0; fi
if ! command -v bible >/dev/null; then
  as_root=
  if [ "$(id -u)" != 0 ]; then as_root=sudo; fi
  echo "text: installing bible-kjv"
  $as_root apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y bible-kjv
fi
mkdir -p "$(dirname "$file")"
bible -f Genesis1:1-Revelation22:21 </dev/null >"$file.new"
found=$(wc -c <"$file.new")
if [ "$found" -lt "$least" ]; then
  echo "text: $file: $least bytes or more expected, $found found; what does 'bible -f' print?" >&2
  exit 1
fi
mv "$file.new" "$file"
