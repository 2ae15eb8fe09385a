#!/usr/bin/env bash
# Lets whole programs meet failing system calls, lacking memory and full disks, at each place in
# turn. The test suite faults runs the parts of this that take seconds.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/faults_check.sh [--build DIR] [--every N] [PART…]
  --build DIR   where the tests are built (default: build)
  --every N     let each N-th call or request alone fail, in the parts memory and run (default: 1)
  PART          files:  each call of each reader and writer fails (seconds)
                memory: each request for memory of a small training run fails (minutes)
                run:    each call of a training run of credence-bench fails, and the run is resumed
                        (minutes)
                disk:   the disk of such a run is full after each kibibyte (needs the right to mount
                        a file system)
                by default all
Exit status: 0 nothing was lost, 1 something was, 2 wrong usage.
END
}
say() { echo "faults_check.sh: $*" >&2; }
wrong_usage() {
  say "$*"
  exit 2
}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build every=1 parts=()
while (($#)); do
  case $1 in
    --build | --every)
      [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
      if [ "$1" = --build ]; then build=$(realpath -m "$2"); else every=$2; fi
      shift ;;
    --help | -h) usage; exit 0 ;;
    -*) wrong_usage "unknown option $1 (--help shows the options)" ;;
    files | memory | run | disk) parts+=("$1") ;;
    *) wrong_usage "$1 is none of files, memory, run and disk" ;;
  esac
  shift
done
[[ $every =~ ^[1-9][0-9]{0,5}$ ]] || wrong_usage "--every $every is no number from 1 on"
((${#parts[@]})) || parts=(files memory run disk)
programs=$build/tests/faults bench=$build/benchmarks/credence-bench
module=$programs/libcredence-system-faults.so
for file in "$module" "$programs/file_faults" "$programs/memory_faults" "$bench"; do
  [ -e "$file" ] || { say "there is no $file: run ./test.sh first"; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
findings=0
finding() {
  say "$*"
  findings=$((findings + 1))
}
# A training run of a second, on three classes that overlap, with this folder for --out.
awk 'BEGIN {
  print "a,b,kind"
  for (i = 0; i < 90; ++i) printf "%d,%d,%s\n", i % 3 + i % 7, i % 5 - i % 3, substr("xyz", i % 3 + 1, 1)
}' > "$work/table.csv"
arguments=(--dataset "$work/table.csv" --model MLP --widths 8,8 --epochs 1 --samples 1 --seed 1
  --log 1 --tensorboard --threads 1)
train() { "$bench" "${arguments[@]}" --out "$@"; }
# Whether two folders hold models of the same bytes.
same_models() {
  cmp -s "$1/frequentist.safetensors" "$2/frequentist.safetensors" &&
    cmp -s "$1/bayesian.safetensors" "$2/bayesian.safetensors"
}
# What has to be so after a run in folder $1 that ended with status $2 and the messages $3: nothing
# temporary is left, and the run, resumed, ends with the models of the straight run.
require_recovery() {
  [ -z "$(find "$1" -name '*.tmp')" ] || finding "$4: left $(find "$1" -name '*.tmp')"
  case $2 in
    0) ;;
    1) [ "$(grep -c '^credence-bench: ' "$3")" = 1 ] || finding "$4: no single message: $(tail -1 "$3")" ;;
    *) finding "$4: status $2: $(tail -1 "$3")" ;;
  esac
  train "$1" --resume > "$work/again.out" 2> "$work/again.err" ||
    finding "$4: cannot be resumed: $(tail -1 "$work/again.err")"
  same_models "$1" "$work/straight" || finding "$4: the resumed run has another model"
}

check_files() { LD_PRELOAD=$module "$programs/file_faults" || findings=$((findings + 1)); }

check_memory() {
  "$programs/memory_faults" --every "$every" || findings=$((findings + 1))
  "$programs/memory_faults" --cold --every "$every" || findings=$((findings + 1))
}

check_run() {
  local calls=0 error number name
  train "$work/straight" > /dev/null 2>&1
  # EIO, ENOSPC, EINTR and a short count, in the calls that may end so.
  while read -r name error which; do
    name=${name/_/ }
    for ((number = 1; ; number += every)); do
      rm -rf "$work/out"
      local status=0
      CREDENCE_FAULT_FOLDER=$work/out CREDENCE_FAULT_CALLS=$which CREDENCE_FAULT_NUMBER=$number \
        CREDENCE_FAULT_ERROR=$error CREDENCE_FAULT_REPORT=$work/report LD_PRELOAD=$module \
        train "$work/out" > "$work/run.out" 2> "$work/run.err" || status=$?
      read -r _ failed < "$work/report" || true
      [ -n "$failed" ] || break
      calls=$((calls + 1))
      if [ "$error" = 4 ] || [ "$error" = -1 ]; then
        [ $status = 0 ] || finding "$name at call $number ($failed): $(tail -1 "$work/run.err")"
      elif [ $status = 1 ] && ! grep -q "$work/out.*: $name" "$work/run.err"; then
        finding "$name at call $number ($failed): no file or reason: $(tail -1 "$work/run.err")"
      fi
      [ -d "$work/out" ] || continue
      require_recovery "$work/out" $status "$work/run.err" "$name at call $number ($failed)"
    done
    echo "credence-bench, $name: calls 1, $((1 + every)), … below $number"
  done <<'END'
Input/output 5 open read write fsync ftruncate rename stat mkdir
No_space 28 open write fsync ftruncate rename mkdir
Interrupted 4 open read write fsync ftruncate
short -1 read write
END
  echo "credence-bench: $calls calls failed"
}

# In a namespace of its own, whose file systems end with it.
check_disk() {
  if ! unshare -rm true 2> /dev/null; then
    say "disk skipped: this user may not mount file systems"
    return
  fi
  [ -d "$work/straight" ] || train "$work/straight" > /dev/null 2>&1
  mkdir -p "$work/disk"
  local size runs=0 failed=0
  for size in 4 8 12 16 24 32 48 64 80 96 112 128 160 192 224 256 320 384 448 512; do
    unshare -rm bash -c "
      mount -t tmpfs -o size=${size}k none '$work/disk' &&
      { \"\$@\" > '$work/run.out' 2> '$work/run.err'; echo \$? > '$work/status'; } ;
      rm -rf '$work/copy'; cp -r '$work/disk/out' '$work/copy'" bash \
      "$bench" "${arguments[@]}" --out "$work/disk/out" || true
    runs=$((runs + 1))
    [ -d "$work/copy" ] || continue
    [ "$(cat "$work/status")" = 0 ] || failed=$((failed + 1))
    require_recovery "$work/copy" "$(cat "$work/status")" "$work/run.err" "a disk of $size KiB"
  done
  echo "credence-bench: $runs sizes of a disk, $failed of them too small"
}

for part in "${parts[@]}"; do "check_$part"; done
[ $findings = 0 ] || { say "$findings findings"; exit 1; }
