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
# An operator answers for itself: whoever asks all of them leaves none out.
if found=$(git ls-files 'Sources/*.swift' | xargs awk '
  function indent() { match($0, /^ */); return RLENGTH }
  FNR == 1 { open = 0; isOperators = 0 }
  /^}/ { isOperators = 0 }
  /^extension Operator [{:]/ { isOperators = 1 }
  /^ *switch .*operation [{]/ || (isOperators && /^ *switch self [{]/) { open = 1; at = indent() }
  open && indent() == at && /^ *default:/ { print FILENAME ":" FNR ": " $0 }
  open && indent() == at && /^ *}/ { open = 0 }
' | grep .); then
  report "a switch over operators with a default" "$found"
fi
exit $status
