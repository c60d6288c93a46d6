#!/bin/sh
# A live model on Fashion-MNIST: made of a small network where there is none yet, served, and fed
# with a stream of examples until Ctrl-C.
#
#   Scripts/live.sh [FOLDER [PORT]]   FOLDER is .build/live, PORT 8080 unless given
#
# RATE=N  examples a second; 200 unless given
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.build/live}
port=${2:-8080}
net2net=.build/release/net2net

if [ ! -f "$folder/live.json" ]; then
  made=$(mktemp -d)
  trap 'rm -rf "$made"' EXIT
  $net2net new convnet --data fashion-mnist --width-factor 0.25 -o "$made/new.onnx"
  $net2net train "$made/new.onnx" --data fashion-mnist --steps 150 --batch-size 64 -o "$made/run"
  $net2net live init "$folder" --name fashion --network "$made/run/network.onnx" \
    --data fashion-mnist --learner Examples/05-FeedALiveModel/learner.json
  rm -rf "$made"
fi

python3 Examples/05-FeedALiveModel/feed.py "http://127.0.0.1:$port" "${RATE:-200}" &
stream=$!
trap 'kill $stream 2>/dev/null || true' EXIT INT TERM
$net2net live serve "$folder" --port "$port"
