#!/usr/bin/env bash
# Kills runs of credence-bench (SIGKILL) at random moments, goes on with --resume until they are done, and
# compares every file that is left with those of a run that was not killed, byte for byte. Time stands
# still for all runs (tests/kill_check/shim.c), so that files which contain times can be compared too.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/kill_check.sh [--build DIR] [--kills N] [--seed N] [--keep-files DIR] [--data-dir DIR] [TASK…]
  --build DIR       where credence-bench is built (default: build)
  --kills N         the least number of kills of each task (default: 20)
  --seed N          of the moments (default: 1)
  --keep-files DIR  where the runs' files stay; by default they are removed
  --data-dir DIR    a folder with MNIST's files, in place of synthetic-digits
  TASK…             some of acc, init, uncert, compare, calib (default: all of them)
A run is killed
  at a call that changes a file, in the middle of a write or before any other call;
  there, with the loss of all that was not forced to the disk, as by a power cut;
  or at a moment by the clock, on a file system that the shim makes slow.
After some kills a byte of a training run's newest state is changed: the run has to say so, and to go on
from the state before it.
Exit status: 0 all files equal, 1 a file differs or a run failed, 2 wrong usage.
END
}
say() { echo "kill_check.sh: $*" >&2; }
wrong_usage() {
  say "$*"
  exit 2
}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build kills=20 seed=1 work='' tasks=() data=(--dataset synthetic-digits)
while (($#)); do
  case $1 in
    --build | --kills | --seed | --keep-files | --data-dir)
      [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
      case $1 in
        --build) build=$(realpath -m "$2") ;;
        --kills) kills=$2 ;;
        --seed) seed=$2 ;;
        --keep-files) work=$(realpath -m "$2") ;;
        --data-dir) data=(--dataset mnist --data-dir "$(realpath -m "$2")") ;;
      esac
      shift ;;
    --help | -h) usage; exit 0 ;;
    acc | init | uncert | compare | calib) tasks+=("$1") ;;
    -*) wrong_usage "unknown option $1 (--help shows the options)" ;;
    *) wrong_usage "$1 is no task of acc, init, uncert, compare, calib" ;;
  esac
  shift
done
for number in "$kills" "$seed"; do
  [[ $number =~ ^[0-9]{1,9}$ ]] || wrong_usage "$number is no whole number"
done
((${#tasks[@]})) || tasks=(acc init uncert compare calib)
bench=$build/benchmarks/credence-bench
[ -x "$bench" ] || { say "there is no $bench: run ./test.sh first"; exit 1; }
compiler=$(command -v cc || command -v gcc || command -v clang) || { say "there is no C compiler"; exit 1; }

if [ -n "$work" ]; then
  mkdir -p "$work"
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
shim=$work/shim.so
"$compiler" -shared -fPIC -O1 -o "$shim" "$root/tests/kill_check/shim.c" -ldl

# Sets `drawn` to a number from 1 to $1. A subshell would draw the same number again and again.
RANDOM=$((seed % 32768))
draw() { drawn=$(((RANDOM * 32768 + RANDOM) % $1 + 1)); }

# Becomes the program with the shim, in the folder $1: the command has the same text in each folder. $2 are
# variables of the shim.
become_run() {
  cd "$1"
  # shellcheck disable=SC2086
  exec env LD_PRELOAD="$shim" ASAN_OPTIONS=verify_asan_link_order=0 KILL_CHECK_CLOCK=1 $2 "$bench" --task "$task" \
    "${data[@]}" --training-images 96 --validation 64 --held-out 64 --batch-size 16 \
    --samples 2 --threads 1 --n-workers 0 --no-progress --out run --resume --log 2 --tensorboard --keep 3 "${options[@]}" >stdout 2>stderr
}
# Sets `result` to the exit status: 137 for a run that was killed. With $3 it is killed after so many ms.
run() {
  local process
  { become_run "$1" "$2" & } 2>/dev/null
  process=$!
  if [ -n "${3:-}" ]; then
    sleep "$(($3 / 1000)).$(printf %03d $(($3 % 1000)))"
    kill -9 "$process" 2>/dev/null || true
  fi
  result=0
  wait "$process" 2>/dev/null || result=$?
}
set_options() {
  case $1 in
    compare) options=(--epochs 4 --batch-size 4 --methods "deterministic,variational,ensemble,mc-dropout,swag,laplace,csghmc,ivon") ;;
    init) options=(--epochs 3 2) ;;
    *) options=(--epochs 3) ;;
  esac
}

# Changes a bit of an element in the newest state of a training run that has an older one. Sets `damaged`
# to its name.
damage() {
  local newest older size byte
  damaged=''
  [ ! -f "$1/run/results.json" ] || return 0
  for newest in "$1"/run/*.state.safetensors; do
    older=${newest%.safetensors}.1.safetensors
    # A run that was killed in the middle of a save has its newest state under both names.
    if [ ! -f "$older" ] || [ "$older" -ef "$newest" ]; then continue; fi
    size=$(stat -c %s "$newest")
    # The last third of the file is elements of tensors.
    draw $((size / 3))
    byte=$(od -An -tu1 -j $((size - drawn)) -N 1 "$newest")
    printf '%b' "\\x$(printf %02x $((byte ^ 1)))" | dd of="$newest" bs=1 seek=$((size - drawn)) conv=notrunc status=none
    damaged=${newest#"$1/"}
    return 0
  done
}

# A run in the folder $1 that may be killed. Sets `kind`.
run_and_kill() {
  draw 4
  case $drawn in
    1 | 2) kind=call ;;
    3) kind=power ;;
    4) kind=clock ;;
  esac
  if [ "$kind" = clock ]; then
    draw $((2 * took))
    run "$1" KILL_CHECK_SLOW=300 "$drawn"
  else
    draw "$calls"
    run "$1" "KILL_CHECK_LOG=$log KILL_CHECK_AT=$drawn KILL_CHECK_POWER=$([ "$kind" = call ] && echo 0 || echo 1)"
  fi
}

status=0
fail() {
  say "$task, chain $chains: $*"
  status=1
}
# Runs in the folder $1 that are killed until one comes to its end.
chain() {
  local attempt said expected='' any=''
  for ((attempt = 1; attempt <= 200; ++attempt)); do
    run_and_kill "$1"
    # What a run may say is that nothing is there to go on from, and which state is damaged.
    said=$(grep -v 'nothing to resume' "$1/stderr" || true)
    if [ -n "$expected" ] && [[ $said == *"$expected: is damaged"* ]]; then
      reported=$((reported + 1)) expected=''
    fi
    [ -z "$any" ] || said=$(grep -v 'is damaged' <<<"$said" || true)
    [ -z "$said" ] || fail "$said"
    ((result != 0)) || break
    ((result == 137)) || { fail "status $result"; return; }
    kills_of[$kind]=$((kills_of[$kind] + 1)) done=$((done + 1))
    draw 3
    if [ -z "$expected" ] && ((drawn == 1)); then
      damage "$1"
      expected=$damaged any=$any$damaged
    fi
  done
  ((result == 0)) || fail "no end after 200 runs"
  [ -z "$expected" ] || fail "$expected was damaged, and no run said so"
}

all=0
declare -A kills_of
for task in "${tasks[@]}"; do
  set_options "$task"
  straight=$work/$task/straight log=$work/$task/log
  mkdir -p "$straight"
  : >"$log"
  begin=$(date +%s%N)
  run "$straight" "KILL_CHECK_COUNT=$work/$task/calls"
  took=$((($(date +%s%N) - begin) / 1000000)) chains=0
  ((result == 0)) || { fail "$(cat "$straight/stderr")"; exit 1; }
  calls=$(<"$work/$task/calls")
  kills_of=([call]=0 [power]=0 [clock]=0)
  done=0 reported=0
  while ((done < kills)); do
    chains=$((chains + 1))
    folder=$work/$task/chain-$chains
    mkdir -p "$folder"
    chain "$folder"
    difference=$(diff -r "$straight/run" "$folder/run" 2>&1) || fail "$difference"
    ((status)) || rm -rf "$folder"
  done
  all=$((all + done))
  echo "$task: $done kills in $chains runs ($(grep -c '^write' "$log" || true) in the middle of a write, ${kills_of[power]} with the" \
    "loss of what was not on the disk, ${kills_of[clock]} by the clock), damaged states: $reported, files:" \
    "$(find "$straight/run" -type f | wc -l)"
done
((status == 0)) || { say "runs differ"; exit 1; }
echo "$all kills: all files equal those of runs that were not killed"
