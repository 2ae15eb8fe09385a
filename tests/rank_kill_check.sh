#!/bin/bash
# Kills ranks of a run of credence-bench at random moments, resumes on 1, 2 or 3 ranks, and compares
# the losses with those of one process.
set -u
usage() {
  cat <<'TEXT'
usage: tests/rank_kill_check.sh [--build DIR] [--kills N] [--seed N]

Trains LeNet5 of both families on few drawn digits on two ranks, kills one of them by SIGKILL at N
random moments (default: 20) and goes on with --resume on 1, 2 or 3 ranks, until the run is done. A
run that is done before all kills is followed by another. The losses and scores of each have to equal
those of a run of one process, up to rounding. Needs mpirun.
TEXT
}
build=build kills=20 seed=1
fail() {
  echo "rank_kill_check.sh: $1" >&2
  exit "$2"
}
while (($#)); do
  case $1 in
    --build) build=${2:-} ; shift ;;
    --kills) kills=${2:-} ; shift ;;
    --seed) seed=${2:-} ; shift ;;
    --help | -h) usage; exit 0 ;;
    *) fail "unknown argument $1 (--help shows the arguments)" 2 ;;
  esac
  (($#)) && shift
done
[[ $kills =~ ^[0-9]{1,4}$ && $seed =~ ^[0-9]{1,6}$ ]] || fail "--kills and --seed need numbers" 2
bench=$build/benchmarks/credence-bench
[ -x "$bench" ] || fail "there is no $bench: run ./test.sh first" 1
command -v mpirun >/dev/null || fail "there is no mpirun (Debian: openmpi-bin)" 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
RANDOM=$seed
arguments=(--dataset synthetic-digits --model LeNet5 --epochs 3 --training-images 3000 --validation 0
  --samples 2 --threads 1 --no-progress)

started=${EPOCHREALTIME/[.,]/}
"$bench" "${arguments[@]}" --out "$work/alone" >/dev/null || fail "the run of one process failed" 1
# Kills come within the time of a whole run, in milliseconds.
span=$(((${EPOCHREALTIME/[.,]/} - started) / 1000 + 1))
# Whether the run that ended has the results of one process.
compare() {
  python3 - "$work/alone/results.json" "$work/killed/results.json" <<'TEXT' || fail "the results differ" 1
import json, math, sys
def numbers(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            if "seconds" not in key and key not in ("program", "command"):
                yield from numbers(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{i}]")
    elif isinstance(value, (int, float)):
        yield path, value
alone, killed = (dict(numbers(json.load(open(name)))) for name in sys.argv[1:])
wrong = [path for path, value in alone.items() if "threads" not in path and "per_second" not in path
         and not math.isclose(killed.get(path, math.nan), value, rel_tol=2e-3, abs_tol=2e-3)]
sys.exit("differ: " + ", ".join(wrong[:5]) if wrong else 0)
TEXT
}

begin=$SECONDS done_kills=0 with_state=0 jobs=0 runs=0 ranks=2
for ((attempt = 0; attempt < 10 * kills + 10; ++attempt)); do
  mpirun --allow-run-as-root --oversubscribe --bind-to none -n "$ranks" \
    "$bench" "${arguments[@]}" --out "$work/killed" --resume >"$work/out" 2>"$work/err" &
  job=$!
  ((++jobs))
  killed=0
  if ((done_kills < kills)); then
    moment=$((RANDOM % span))
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    mapfile -t processes < <(pgrep -P "$job" -x credence-bench)
    if ((${#processes[@]})) && kill -9 "${processes[RANDOM % ${#processes[@]}]}" 2>/dev/null; then
      ((++done_kills))
      killed=1
      compgen -G "$work/killed/*.state.safetensors" >/dev/null && ((++with_state))
    fi
  fi
  if wait "$job"; then
    compare
    ((++runs))
    ((done_kills >= kills)) && break
    rm -rf "$work/killed" # once more from the beginning
  elif ((!killed)); then
    cat "$work/err"
    fail "a job of $ranks ranks that was not killed failed" 1
  fi
  ranks=$((RANDOM % 3 + 1))
done
((runs)) || { cat "$work/err"; fail "no run ended" 1; }
echo "$done_kills kills of a rank, $with_state behind a saved state, $jobs jobs, $((SECONDS - begin)) s: the results of all $runs runs equal those of one process"
