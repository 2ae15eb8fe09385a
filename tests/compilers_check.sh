#!/usr/bin/env bash
# Builds with the compilers and for the processors that README names beside g++ on x86-64, and runs
# the tests that each of them can run.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/compilers_check.sh [--jobs N] [CHECK…]
  --jobs N   compilations at a time (default: one for each core)
  CHECK…     some of these (default: all):
    clang    clang++: everything with warnings as errors; all tests, and the emulated CUDA tests
    serial   the usual compiler without OpenMP: the folders up to zoo, and their tests
    aarch64  aarch64-linux-gnu-g++: the folders up to zoo, and their tests under qemu-aarch64
    wasm     em++: the folders up to zoo as a static library, and the explorer's program
A check whose tools are not installed says "skipped" and the Debian packages that it needs.
Builds lie in build-clang, build-serial, build-aarch64 and build-wasm.
The last line counts the checks. Exit status: 0 no check failed, 1 one did, 2 wrong usage.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder_programs=(framework bayes zoo training)

check_clang() {
  needs "clang libomp-dev" clang++ || return
  local order
  configure_clang build-clang -Dtests=enabled -Dcuda=disabled -Drivals=disabled &&
    run ninja -C build-clang -j "$jobs" &&
    run build-clang/tests/credence-tests || return 1
  for order in forward backward; do
    run env CREDENCE_EMULATION_ORDER=$order build-clang/tests/cuda/credence-emulated-tests || return 1
  done
}
check_serial() {
  configure build-serial -Dup_to=zoo -Dtests=enabled -Dcuda=disabled -Dopenmp=disabled -Ddefault_library=static &&
    run ninja -C build-serial -j "$jobs" || return 1
  local name
  for name in "${folder_programs[@]}"; do
    run "build-serial/tests/credence-$name-tests" || return 1
  done
}
check_aarch64() {
  needs "g++-aarch64-linux-gnu qemu-user libboost-dev libfmt-dev nlohmann-json3-dev" aarch64-linux-gnu-g++ \
    qemu-aarch64 /usr/include/boost/test /usr/include/fmt /usr/include/nlohmann || return
  configure build-aarch64 --cross-file tests/cross/aarch64.ini -Dup_to=zoo -Dtests=enabled -Dcuda=disabled \
    -Ddefault_library=static && run ninja -C build-aarch64 -j "$jobs" || return 1
  local name
  for name in "${folder_programs[@]}"; do
    # These start a program, which the kernel would have to hand to qemu.
    run qemu-aarch64 -L /usr/aarch64-linux-gnu "build-aarch64/tests/credence-$name-tests" \
      --run_test='!openmp:!convolution_plan/the_variable_turns_winograd_off' || return 1
  done
}
check_wasm() {
  needs "emscripten libfmt-dev nlohmann-json3-dev" em++ /usr/include/fmt /usr/include/nlohmann || return
  source tests/cross/wasm.sh
  configure_wasm &&
    run ninja -C build-wasm -j "$jobs" && run test -s build-wasm/libcredence.a
}

read_arguments take_check "$@"
((${#names[@]})) || names=(clang serial aarch64 wasm)
check() { "check_$1"; }
run_checks check "${names[@]}"
