#!/usr/bin/env bash
# Searches with libFuzzer, the address sanitizer and the sanitizer of undefined behaviour for bytes
# with which a target of tests/fuzz/targets fails.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/fuzz_check.sh [--jobs N] [SECONDS] [TARGET…]
  --jobs N   compilations at a time (default: one for each core)
  SECONDS    how much processor time each target gets (default: 600)
  TARGET…    names of files in tests/fuzz/targets (default: all)
A target begins with its seeds, the inputs in tests/fuzz/inputs and what earlier searches kept in
build-fuzz/corpus. An input takes at most 10 s and 2 GiB. One with which a target fails lies in
build-fuzz/found; copied to tests/fuzz/inputs/TARGET it is part of the test suite.
Without clang++ and libFuzzer every target is skipped. The last line counts the targets. Exit
status: 0 no target failed, 1 one did, 2 wrong usage.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=600
take_argument() {
  if [[ $1 =~ ^[1-9][0-9]{0,5}$ ]]; then
    seconds=$1
  elif [[ $1 =~ ^[a-z0-9_]+$ && -f tests/fuzz/targets/$1.cpp ]]; then
    names+=("$1")
  else
    return 1
  fi
}
read_arguments take_argument "$@"
if ! ((${#names[@]})); then
  for file in tests/fuzz/targets/*.cpp; do
    file=${file##*/}
    names+=("${file%.cpp}")
  done
fi

folder=build-fuzz
# "stat::NAME: 123" of each run in the log of a target: the sum, or the largest.
statistic() { # statistic NAME LOG sum|most
  sed -n "s/^stat::$1: *//p" "$2" |
    awk -v most="$3" '{ if (most == "sum") y += $1; else if ($1 > y) y = $1 } END { print y + 0 }'
}

fuzz() {
  local name=$1 program=$folder/tests/fuzz/credence-fuzz-$1 corpus=$folder/corpus/$1
  local log=$folder/found/$1.log inputs=() status=0
  needs "clang libclang-rt-14-dev libomp-dev" clang++ meson ninja || return
  configure_clang "$folder" -Dfuzz=enabled -Dtests=enabled -Dcuda=disabled -Drivals=disabled \
    -Ddownload=disabled -Ddefault_library=static -Doptimization=1 &&
    run ninja -C "$folder" -j "$jobs" "${program#"$folder/"}" || return 1
  [ ! -d "tests/fuzz/inputs/$name" ] || inputs=("tests/fuzz/inputs/$name")
  mkdir -p "$corpus" "$folder/found"
  # In memory where there is such a place: targets write files, and a disk would be waited for.
  local temporary place=$PWD/$folder
  [ ! -w /dev/shm ] || place=/dev/shm
  temporary=$(mktemp -d "$place/credence-fuzz-XXXXXX")
  "$program" --seeds="$corpus" || return 1
  # As long as the longest input that there is, and at least 4 KiB.
  local longest
  longest=$(find "$corpus" "${inputs[@]}" -type f -printf '%s\n' | sort -n | tail -n 1)
  ((longest > 4096)) || longest=4096
  # libFuzzer counts the wall clock, which goes on where the machine stands still or is busy.
  local spent=0 times TIMEFORMAT='%U %S'
  : >"$log"
  while ((status == 0 && spent < seconds)); do
    times=$({ time TMPDIR=$temporary UBSAN_OPTIONS=print_stacktrace=1 OMP_NUM_THREADS=1 \
      "$program" -max_total_time="$((seconds - spent))" -timeout=10 -rss_limit_mb=2048 \
      -max_len="$longest" -len_control=10 -close_fd_mask=3 -print_final_stats=1 \
      -artifact_prefix="$folder/found/$name-" "$corpus" "${inputs[@]}" </dev/null >>"$log" 2>&1; } 2>&1) ||
      status=1  # libFuzzer's own is 77, which would count as skipped
    spent=$(awk -v spent="$spent" '{ print int(spent + $1 + $2 + 1) }' <<<"$times")
  done
  rm -rf "$temporary"
  grep -E 'SUMMARY:|Test unit written' "$log" || true
  echo "$name: $(statistic number_of_executed_units "$log" sum) executions in $spent s, $(
    sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | sort -n | tail -n 1) edges, $(
    statistic peak_rss_mb "$log" most) MiB at most"
  return "$status"
}
run_checks fuzz "${names[@]}"
