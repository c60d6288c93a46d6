#!/bin/sh
# Formatting, and a few habits that a compiler does not see. Prints what is wrong; silent otherwise.
set -eu
cd "$(dirname "$0")/.."
status=0

report() {
  echo "lint: $1" >&2
  echo "$2" | sed 's/^/  /' >&2
  status=1
}

swift_files=$(git ls-files '*.swift' | grep -v '\.pb\.swift$')
# Unquoted on purpose: a list of files.
swift format lint --strict --parallel $swift_files || status=1

if found=$(git grep -nE '\b(TODO|FIXME|XXX)\b' -- Sources Tests Package.swift); then
  report "open points belong in docs/ or in an issue" "$found"
fi
if found=$(git grep -nE '\b(fatalError|print)\(' -- 'Sources/*.swift' ':!Sources/Net2NetCLI'); then
  report "libraries neither trap nor print" "$found"
fi
if found=$(git grep -nE '/(home|root|work|Users)/' -- . ':!LICENSE' ':!Scripts/lint.sh'); then
  report "a path of one machine" "$found"
fi
exit $status
