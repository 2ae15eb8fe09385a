#!/usr/bin/env bash
# Installs what is missing, builds, trains LeNet5 and BayesianLeNet5, and draws what the latter is
# unsure of: on MNIST where it is found or can be fetched within seconds, else on digits that the
# program draws. Safe to run twice, from any folder: a second run replaces what the first one left in
# build/quickstart. With arguments, credence-bench runs once, with these.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
bash tests/install_packages.sh g++ meson ninja-build pkg-config libcairo2-dev libcli11-dev libfmt-dev nlohmann-json3-dev \
  libstb-dev zlib1g-dev libcurl4-openssl-dev nettle-dev

# Several files of a program in one compilation make a whole build faster, and leave precompiled headers
# little to save.
[ -f build/build.ninja ] || meson setup build --unity on --unity-size 8 -Db_pch=false
ninja -C build benchmarks/credence-bench examples/train_mnist

bench=build/benchmarks/credence-bench
cache="${XDG_CACHE_HOME:-$HOME/.cache}/credence"
if [ ! -d "${CREDENCE_DATA:-/nonexistent}/mnist" ] && [ ! -d "$cache/mnist" ]; then
  timeout 30 "$bench" download mnist || echo "MNIST cannot be fetched now" >&2
fi
if (($#)); then
  case " $* " in
    *" --out"* | *" --resume "*) "$bench" --out build/quickstart "$@" ;; # another folder, or not anew
    *) "$bench" --out build/quickstart --force "$@" ;;
  esac
else
  "$bench" --task acc --model LeNet5 --epochs 5 --out build/quickstart --force
  "$bench" --task uncert --pretrained build/quickstart/bayesian.safetensors --out build/quickstart/uncertainty --force
fi
cat <<'END'
program:  build/benchmarks/credence-bench (--help shows what it can do)
example:  examples/train_mnist.cpp, built as build/examples/train_mnist
tests:    ./test.sh
END
