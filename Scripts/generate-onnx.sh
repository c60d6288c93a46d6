#!/bin/sh
# Generates Sources/Net2NetFiles/ONNX/Generated/onnx.pb.swift from onnx.proto.
# Needs protoc (Debian: protobuf-compiler); protoc-gen-swift is built from the swift-protobuf
# that the package depends on, so that generator and library agree.
set -eu
cd "$(dirname "$0")/.."
swift build --product protoc-gen-swift
protoc \
  --plugin=protoc-gen-swift="$(swift build --show-bin-path)/protoc-gen-swift" \
  --proto_path=Sources/Net2NetFiles/ONNX \
  --swift_out=Sources/Net2NetFiles/ONNX/Generated \
  --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
  onnx.proto
