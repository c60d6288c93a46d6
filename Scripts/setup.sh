#!/bin/sh
# Prepares this machine and this checkout: system packages, .venv with libtorch, libtorch.pc.
# Does only what is missing, so running it again costs a fraction of a second.
#
#   Scripts/setup.sh           what building and running need
#   Scripts/setup.sh --tests   also the Python packages that tests use as oracles
#
# LIBTORCH=DIR  use the libtorch in DIR (with include/ and lib/) rather than the wheel's
# PYTHON=EXE    the Python that makes .venv; python3 otherwise
set -eu
cd "$(dirname "$0")/.."

requirements=Scripts/requirements.txt
if [ "${1:-}" = --tests ]; then requirements=Scripts/requirements-test.txt; fi

fail() {
  echo "setup: $*" >&2
  exit 1
}

install_system_packages() {
  command -v dpkg-query >/dev/null || return 0
  missing=
  wanted="zlib1g-dev libzip-dev libgdk-pixbuf-2.0-dev libsqlite3-dev pkg-config python3-venv"
  wanted="$wanted dataset-fashion-mnist"
  # Network namespaces stand for machines in a test, and a browser opens the page of a live model.
  if [ "${1:-}" = --tests ]; then wanted="$wanted iproute2 procps chromium fonts-dejavu-core"; fi
  for package in $wanted; do
    case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
      *" installed") ;;
      *) missing="$missing $package" ;;
    esac
  done
  if [ -z "$missing" ]; then return; fi

  echo "setup: installing$missing"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "run as root: apt-get install$missing"
    as_root=sudo
  fi
  $as_root apt-get update -q
  # Unquoted on purpose: a list of words.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y $missing
}

# The marker holds the requirements as installed: edit them and the next run installs again. What tests
# need holds all that building does.
install_python_packages() {
  marker=.venv/.installed-$(basename "$requirements")
  wanted=$(cat Scripts/requirements*.txt)
  for there in "$marker" .venv/.installed-requirements-test.txt; do
    if [ -f "$there" ] && [ "$(cat "$there")" = "$wanted" ]; then return; fi
  done

  python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is older than 3.11; name a newer one with PYTHON="
  if [ ! -x .venv/bin/pip ]; then "$python" -m venv .venv; fi
  echo "setup: installing $requirements into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  echo "$wanted" >"$marker"
}

find_libtorch() {
  if [ -n "${LIBTORCH:-}" ]; then
    libtorch=$LIBTORCH
  else
    libtorch=$(ls -d "$PWD"/.venv/lib/python3*/site-packages/torch 2>/dev/null | head -n 1)
  fi
  [ -f "$libtorch/include/ATen/ATen.h" ] || fail "$libtorch: no include/ATen/ATen.h there"
  case "$(ls "$libtorch/lib")" in
    *libtorch_cpu.*) ;;
    *) fail "$libtorch: no lib/libtorch_cpu there" ;;
  esac
}

# Processes that learn on GPUs together need NCCL, and c10d's header for it those of NCCL and CUDA.
# Wheels have them in a folder beside torch, all but two packages of headers. Without them a libtorch
# with CUDA is for one process.
find_cuda() {
  cuda=
  include=
  case "$(ls "$libtorch/lib")" in *libtorch_cuda.*) cuda=" -ltorch_cuda" ;; *) return 0 ;; esac
  if [ -n "${LIBTORCH:-}" ]; then
    folders=${CUDA_HOME:-/usr/local/cuda}/include
  else
    install_cuda_headers
    folders="$libtorch/../nvidia/nccl/include $libtorch/../nvidia/cu[0-9]*/include"
  fi
  # Unquoted on purpose: names to be expanded.
  for folder in $folders; do
    if [ -d "$folder" ]; then include="$include -I$(cd "$folder" && pwd)"; fi
  done
}

install_cuda_headers() {
  query='from importlib.metadata import version; print(version("cuda-toolkit"))'
  version=$(.venv/bin/python -c "$query" 2>/dev/null) || return 0
  for header in "$libtorch"/../nvidia/cu[0-9]*/include/crt/host_config.h; do
    if [ -f "$header" ]; then return; fi
  done
  echo "setup: installing headers of CUDA $version into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    "cuda-toolkit[cccl,crt]==$version"
}

# SwiftPM reads this file by itself when PKG_CONFIG_PATH names its folder. It is left alone when
# right: a new date would rebuild the engine.
write_pkg_config() {
  mkdir -p .build/libtorch
  cat >.build/libtorch/libtorch.pc.new <<EOF
prefix=$libtorch
libdir=\${prefix}/lib
Name: libtorch
Description: libtorch, C++ libraries and headers
Version: 2.13.0
Cflags: -I\${prefix}/include -I\${prefix}/include/torch/csrc/api/include$include
Libs: -L\${libdir} -ltorch -ltorch_cpu$cuda -lc10
EOF
  if cmp -s .build/libtorch/libtorch.pc.new .build/libtorch/libtorch.pc; then
    rm .build/libtorch/libtorch.pc.new
  else
    mv .build/libtorch/libtorch.pc.new .build/libtorch/libtorch.pc
  fi
}

install_system_packages "${1:-}"
# A libtorch of one's own needs no wheel, unless tests want PyTorch as an oracle.
if [ -z "${LIBTORCH:-}" ] || [ "${1:-}" = --tests ]; then install_python_packages; fi
find_libtorch
find_cuda
write_pkg_config
