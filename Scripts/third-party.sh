#!/bin/sh
# The packages of others that the program is linked from, with their licences. Needs a build.
#
#   Scripts/third-party.sh           writes THIRD-PARTY.md
#   Scripts/third-party.sh --check   fails where THIRD-PARTY.md lacks a package or has another licence
#   Scripts/third-party.sh --texts   prints all licences and notices, to go with a binary
set -eu
cd "$(dirname "$0")/.."
checkouts=.build/checkouts
list=THIRD-PARTY.md

fail() {
  echo "third-party: $1" >&2
  exit 1
}

# What the linker was given, by the newest of the builds that are there.
objects=$(ls -t .build/debug/net2net.product/Objects.LinkFileList \
  .build/release/net2net.product/Objects.LinkFileList 2>/dev/null | head -n 1)
[ -n "$objects" ] || fail "build net2net first"

linked_packages() {
  modules=$(sed -n 's#.*/\([^/]*\)\.build/.*#\1#p' "$objects" | sort -u)
  for package in "$checkouts"/*; do
    for module in $modules; do
      if [ -d "$package/Sources/$module" ] || [ -d "$package/$module" ]; then
        basename "$package"
        break
      fi
    done
  done
}

licence() {
  text=$(cat "$checkouts/$1"/LICEN[CS]E*)
  case $text in
    *"Apache License"*"Runtime Library Exception"*) echo "Apache-2.0 WITH Swift-exception" ;;
    *"Apache License"*) echo "Apache-2.0" ;;
    *"Permission is hereby granted, free of charge"*) echo "MIT" ;;
    *) fail "$1: a licence that this script does not know; add it" ;;
  esac
}

# As SwiftPM was told, whatever mirror it took the package from.
address() {
  awk -F'"' -v package="$1" '
    $2 == "location" { address = $4 }
    $2 == "subpath" && $4 == package { sub(/\.git$/, "", address); print address; exit }
  ' .build/workspace-state.json
}

rows() {
  for package in $(linked_packages); do
    version=$(git -C "$checkouts/$package" describe --tags)
    echo "| $package | $version | $(licence "$package") | $(address "$package") |"
  done
}

page() {
  cat <<END
# Packages of others

Written by \`Scripts/third-party.sh\`; a test fails where a package is missing. The program \`net2net\` is
linked from these. Versions are those of the last time; \`Package.swift\` has the oldest that will do.

| package | version | licence | address |
| --- | --- | --- | --- |
$(rows)

Some of them hold work of others: BoringSSL and XKCP in swift-crypto, libyaml in Yams, llhttp in swift-nio.
Their licences are in those packages: in files of their own, in notices, or where their sources begin.

Loaded when the program starts, and not part of it: libtorch (BSD-3-Clause) with what its wheel holds,
libzip (BSD-3-Clause), zlib (Zlib), gdk-pixbuf (LGPL-2.1-or-later), SQLite (public domain), Swift's
runtime (Apache-2.0 WITH Swift-exception), and the system's C and C++ libraries.

Whoever passes a binary on passes the licences and notices on with it: \`Scripts/third-party.sh --texts\`
prints them.
END
}

texts() {
  for package in $(linked_packages); do
    # What a package holds of others has its licence beside it.
    (cd "$checkouts/$package" && find . -type f ! -path '*/Tests/*' ! -path '*/.git/*' \
      \( -name 'LICEN[CS]E*' -o -name 'NOTICE*' -o -name 'COPYING*' \) | sort) |
      while read -r file; do
        echo "===== $package: ${file#./}"
        cat "$checkouts/$package/$file"
        echo
      done
  done
}

# Versions may differ: each resolution takes the newest that will do.
check() {
  for package in $(linked_packages); do
    grep -q "^| $package | [^|]* | $(licence "$package") | $(address "$package") |\$" "$list" ||
      fail "$list lacks $package, or has another licence or address; run Scripts/third-party.sh"
  done
}

case ${1:-} in
  "") page >"$list.new" && mv "$list.new" "$list" ;;
  --check) check ;;
  --texts) texts ;;
  *) fail "--check or --texts expected, $1 found" ;;
esac
