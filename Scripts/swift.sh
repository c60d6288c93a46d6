#!/bin/sh
# `swift` with the libtorch that setup.sh found: Scripts/swift.sh build, test, run …
# SwiftPM takes paths and libraries from libtorch.pc, but not where to find them at run time.
set -eu
# Tests run beside one another: idle OpenMP threads sleep instead of spinning.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
command=$1
shift
# What is optimised can be tested too, so one build does for both.
if [ -n "${NET2NET_TESTABLE:-}" ]; then set -- -Xswiftc -enable-testing "$@"; fi
folder=$(cd "$(dirname "$0")/.." && pwd)/.build/libtorch
[ -f "$folder/libtorch.pc" ] || exec swift "$command" "$@"

libraries=$(sed -n 's/^prefix=//p' "$folder/libtorch.pc")/lib
PKG_CONFIG_PATH=$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
exec swift "$command" -Xlinker -rpath -Xlinker "$libraries" "$@"
