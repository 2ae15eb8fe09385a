#!/usr/bin/env bash
# Runs tests with the sanitizers of clang, and training steps under valgrind.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/sanitizers_check.sh [--jobs N] [CHECK…]
  --jobs N   compilations at a time (default: one for each core)
  CHECK…     some of these (default: all but folders, whose tests are in all):
    folders  addresses and undefined behaviour: the folders up to zoo, and their tests
    all      the same for everything, with the kernels of each instruction set
    threads  data races: loops on several threads, the loader and training (OpenMP's by archer)
    valgrind a training step and a prediction of LeNet5 in both families, from the folder build
A check whose tools are not installed says "skipped" and the Debian packages that it needs.
Builds lie in build-folders, build-address and build-threads.
The last line counts the checks. Exit status: 0 no check failed, 1 one did, 2 wrong usage.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

clang_packages="clang libclang-rt-14-dev libomp-dev"
configure_sanitizer() { # configure_sanitizer FOLDER SANITIZERS OPTION…
  # Shared libraries would leave the sanitizers' functions undefined.
  configure_clang "$1" -Dunity=on -Dunity_size=8 "-Db_sanitize=$2" -Db_lundef=false \
    -Ddefault_library=static -Doptimization=1 \
    "-Dcpp_args=['-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-gline-tables-only']" \
    -Dtests=enabled -Dcuda=disabled -Drivals=disabled "${@:3}"
}
export UBSAN_OPTIONS=print_stacktrace=1
# Tests ask for more memory than there is.
export ASAN_OPTIONS=allocator_may_return_null=1
# Tests with this label depend on where the compiler fuses multiply-adds and on which symbols it
# leaves. A sanitizer's checks between the operations change both.
not_optimised=--run_test=!@optimised

check_folders() {
  needs "$clang_packages" clang++ meson ninja || return
  configure_sanitizer build-folders address,undefined -Dup_to=zoo &&
    run ninja -C build-folders -j "$jobs" || return 1
  local name
  for name in framework bayes zoo training; do
    run "build-folders/tests/credence-$name-tests" "$not_optimised" || return 1
  done
}
check_all() {
  needs "$clang_packages" clang++ meson ninja || return
  configure_sanitizer build-address address,undefined && run ninja -C build-address -j "$jobs" || return 1
  # Fontconfig, which the figures use, and Open MPI do not give back all that they asked for.
  printf 'leak:%s\n' libfontconfig libmpi libopen-pal libopen-rte libpmix >build-address/leaks.txt
  export LSAN_OPTIONS=suppressions=$PWD/build-address/leaks.txt:print_suppressions=0
  run build-address/tests/credence-tests "$not_optimised" || return 1
  local sets isa
  sets=$(build-address/benchmarks/credence-bench --version | sed -n 's/^CPU instruction sets: //p')
  for isa in ${sets% *}; do
    [ "$isa" = "$sets" ] || run env "CREDENCE_ISA=$isa" build-address/tests/credence-tests \
      --run_test=@every_isa "$not_optimised" || return 1
  done
}
check_threads() {
  local archer
  archer=$(echo /usr/lib/llvm-*/lib/libarcher.so)
  archer=${archer##* }
  needs "$clang_packages" clang++ meson ninja "$archer" || return
  configure_sanitizer build-threads thread -Dup_to=zoo && run ninja -C build-threads -j "$jobs" || return 1
  # Archer tells the sanitizer what OpenMP's barriers and locks order.
  local settings=("OMP_TOOL_LIBRARIES=$archer"
    TSAN_OPTIONS=ignore_noninstrumented_modules=1:allocator_may_return_null=1
    OMP_NUM_THREADS=4)
  run env "${settings[@]}" build-threads/tests/credence-framework-tests \
    --run_test='parallel,storage,caching_allocator,random,convolution_kernels,progress,evaluate' \
    "$not_optimised" &&
    run env "${settings[@]}" build-threads/tests/credence-training-tests
}
check_valgrind() {
  local program=build/benchmarks/credence-training-step
  needs valgrind valgrind || return
  [ -x "$program" ] || run ninja -C build "${program#build/}" || return 1
  # Valgrind 3.19 does not know AVX-512. The memory of OpenMP's threads, which live until the end of
  # the program, is "possibly lost".
  local family step=() prediction=(--samples 2) work
  for family in frequentist bayesian; do
    for work in step prediction; do
      local -n options=$work
      run env CREDENCE_ISA=avx2 OMP_NUM_THREADS=2 valgrind --quiet --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite --show-leak-kinds=definite "$program" --model LeNet5 \
        --family "$family" --batch-size 2 --seconds 0 "${options[@]}" || return 1
    done
  done
}
read_arguments take_check "$@"
((${#names[@]})) || names=(all threads valgrind)
check() { "check_$1"; }
run_checks check "${names[@]}"
