#!/usr/bin/env bash
# Compares the training steps of two builds, on the machine as it is and with a busy process on every
# core: what the threads of a parallel loop cost shows where others want the cores too.
set -euo pipefail
usage() {
  cat <<'END'
usage: benchmarks/steps/busy_neighbours.sh [--pairs N] [--loads LIST] A B [-- OPTION…]
  A, B          two programs credence-training-step, of two builds or commits
  --pairs N     measure A and B N times each, in turn (default: 11)
  --loads LIST  quiet, busy or quiet,busy (default): without and with a busy process on every core
  --            hand the remaining options to both (default: --model LeNet5 --family bayesian
                --threads 2 --seconds 0.5)
Prints the medians in ms, and the median of the ratios B / A of the pairs, as a Markdown table.
Exit status: 0 measured, 1 a program failed, 2 wrong usage.
END
}
fail() { # fail STATUS MESSAGE
  echo "busy_neighbours.sh: $2" >&2
  exit "$1"
}
pairs=11 loads=(quiet busy) programs=()
while (($#)); do
  case $1 in
    --pairs | --loads)
      (($# > 1)) || fail 2 "$1 needs a value"
      if [ "$1" = --pairs ]; then pairs=$2; else IFS=, read -ra loads <<<"$2"; fi
      shift ;;
    --help | -h) usage; exit 0 ;;
    --) shift; break ;;
    -*) fail 2 "unknown option $1 (--help shows the options)" ;;
    *) programs+=("$1") ;;
  esac
  shift
done
[[ $pairs =~ ^[1-9][0-9]{0,3}$ ]] || fail 2 "--pairs $pairs is no whole number from 1 to 9999"
for load in "${loads[@]}"; do
  [[ $load == quiet || $load == busy ]] || fail 2 "--loads takes quiet and busy, not $load"
done
((${#programs[@]} == 2)) || fail 2 "two programs are compared, not ${#programs[@]} (--help shows the usage)"
for program in "${programs[@]}"; do
  [ -x "$program" ] || fail 2 "$program is no program"
done
options=("$@")
((${#options[@]})) || options=(--model LeNet5 --family bayesian --threads 2 --seconds 0.5)

neighbours=()
end_neighbours() {
  ((${#neighbours[@]})) || return 0
  kill "${neighbours[@]}" 2>/dev/null || true
  wait "${neighbours[@]}" 2>/dev/null || true
  neighbours=()
}
trap end_neighbours EXIT
start_neighbours() { # one on each core that this process may use
  local range core
  for range in $(taskset -cp $$ | sed 's/.*: //; s/,/ /g'); do
    for core in $(seq "${range%-*}" "${range#*-}"); do
      taskset -c "$core" bash -c 'while :; do :; done' &
      neighbours+=($!)
    done
  done
}
milliseconds() { # milliseconds PROGRAM
  local json
  json=$("$1" "${options[@]}" --json </dev/null) || fail 1 "$1 ${options[*]} failed"
  sed -n 's/^ *"median_ms": *\([0-9.e+-]*\),*$/\1/p' <<<"$json" | grep . || fail 1 "$1 gave no median_ms"
}
median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.3f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

echo "A: ${programs[0]}; B: ${programs[1]}; ${options[*]}; medians of $pairs pairs"
echo
echo "| machine | A, ms | B, ms | B / A |"
echo "| --- | --- | --- | --- |"
for load in "${loads[@]}"; do
  [ "$load" = quiet ] || start_neighbours
  times=""
  for ((pair = 0; pair < pairs; ++pair)); do
    # Which one is the first changes, so that a drift of the machine favours none.
    if ((pair % 2)); then
      b=$(milliseconds "${programs[1]}")
      a=$(milliseconds "${programs[0]}")
    else
      a=$(milliseconds "${programs[0]}")
      b=$(milliseconds "${programs[1]}")
    fi
    times+="$a $b"$'\n'
  done
  end_neighbours
  echo "| $load | $(printf %s "$times" | awk '{ print $1 }' | median) | $(printf %s "$times" | awk '{ print $2 }' | median)" \
    "| $(printf %s "$times" | awk '{ print $2 / $1 }' | median) |"
done
