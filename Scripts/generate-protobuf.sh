#!/bin/sh
# Generates the Swift of Sources/Net2NetFiles' protobuf schemas: ONNX/Generated/onnx.pb.swift and
# TensorBoard/Generated/tensorboard.pb.swift.
# Needs protoc (Debian: protobuf-compiler); protoc-gen-swift is built from the swift-protobuf
# that the package depends on, so that generator and library agree.
set -eu
cd "$(dirname "$0")/.."
swift build --product protoc-gen-swift

generate() {
  protoc \
    --plugin=protoc-gen-swift="$(swift build --show-bin-path)/protoc-gen-swift" \
    --proto_path="Sources/Net2NetFiles/$1" \
    --swift_out="Sources/Net2NetFiles/$1/Generated" \
    --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
    "$2"
}

generate ONNX onnx.proto
generate TensorBoard tensorboard.proto
