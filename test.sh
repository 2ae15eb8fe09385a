#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. Safe to run twice, from any folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
bash tests/install_packages.sh g++ meson ninja-build pkg-config binutils libboost-test-dev libcairo2-dev libcli11-dev libfmt-dev \
  nlohmann-json3-dev libstb-dev zlib1g-dev libcurl4-openssl-dev nettle-dev libbenchmark-dev make

if [ -f build/build.ninja ]; then
  # An earlier build may have been made without the packages for tests.
  meson configure build -Dtests=enabled -Ddefault_library=both -Dpkgconfig.relocatable=true
else
  # Without a card one architecture of CUDA shows that the kernels compile.
  one=$(command -v nvidia-smi >/dev/null || echo -Dgpu_architectures=90)
  meson setup build --unity on --unity-size 8 -Db_pch=false -Dtests=enabled ${one:+"$one"}
fi
ninja -C build
status=0
: >build/test-log.txt
options=(--color_output=no --log_level=message --report_level=detailed)
run() {
  "$@" "${options[@]}" 2>&1 | tee -a build/test-log.txt || status=$?
}
run build/tests/credence-tests
# The rest at once, each into a file of its own: what depends on the CPU's kernels once more with those
# of each lower instruction set, the CUDA kernels on the host, a block's threads in either order, and
# layers and readers with sanitizers.
declare -A running
start() { # start NAME VARIABLE=VALUE PROGRAM ARGUMENT…
  env "${@:2}" "${options[@]}" >"build/test-$1.txt" 2>&1 &
  running[$!]=$1
}
sets=$(build/benchmarks/credence-bench --version | sed -n 's/^CPU instruction sets: //p')
for isa in ${sets% *}; do
  [ "$isa" = "$sets" ] || start "$isa" CREDENCE_ISA=$isa build/tests/credence-tests --run_test=@every_isa
done
for order in forward backward; do
  start "$order" CREDENCE_EMULATION_ORDER=$order build/tests/cuda/credence-emulated-tests
done
start sanitizers UBSAN_OPTIONS=print_stacktrace=1 build/tests/sanitized/credence-sanitized-tests
for process in "${!running[@]}"; do
  wait "$process" || status=$?
  tee -a build/test-log.txt <"build/test-${running[$process]}.txt"
done
count() { grep -cE "^ *Test case \"[^\"]*\" has $1" build/test-log.txt || true; }
skipped=$(grep -c '^skipped: ' build/test-log.txt || true)
passed=$(count passed)
failed=$(grep -cE '^ *Test case "[^"]*" has (failed|been aborted)' build/test-log.txt || true)
# What failed, once more, where a reader of the end of this output finds it.
grep -E '(fatal )?error: in "|^ *Test case "[^"]*" has (failed|been aborted)' build/test-log.txt | head -100 || true
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
exit "$status"
