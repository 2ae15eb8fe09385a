#!/usr/bin/env bash
# Runs every row of BayeTorch's two result tables at its published settings and writes ours beside
# the published numbers to OUT/reproduction.md. Rows that are there already are not run again, and a
# row that was interrupted goes on from its saved state (--resume), which refuses other settings.
set -euo pipefail
usage() {
  cat <<'END'
usage: benchmarks/driver/reproduce.sh [--quick] [--device NAME] [--out DIR] [--rows PATTERN] [-- OPTION…]
  --quick         a twenty-fifth of the published epochs, at least one: shows that all rows run
  --device NAME   where to compute: cpu, cuda, or auto for a CUDA device where there is one (default)
  --out DIR       folder for results (default: build/reproduce, with the device unless it is auto and
                  -quick with --quick: build/reproduce-cuda-quick)
  --rows PATTERN  only the rows whose names match the shell pattern, for example 'acc-*'
  --              hand the remaining options to credence-bench, for example --data-dir or --threads
rows: acc-LeNet5 acc-VGG11 acc-VGG16 init-LeNet5 init-VGG11 init-VGG16, the last three also with
      -frozen
END
}
quick=0 device=auto out="" pattern="*"
while (($#)); do
  case $1 in
    --quick) quick=1 ;;
    --device | --out | --rows)
      (($# > 1)) || { echo "reproduce.sh: $1 needs a value" >&2; exit 2; }
      case $1 in
        --device) device=$2 ;;
        --out) out=$2 ;;
        --rows) pattern=$2 ;;
      esac
      shift ;;
    --help | -h) usage; exit 0 ;;
    --) shift; break ;;
    *) echo "reproduce.sh: unknown option $1 (--help shows the options)" >&2; exit 2 ;;
  esac
  shift
done
case $device in
  auto | cpu | cuda) ;;
  *) echo "reproduce.sh: --device is auto, cpu or cuda, not $device" >&2; exit 2 ;;
esac
extra=("$@")
[ -z "$out" ] || out=$(realpath -m "$out")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ -z "$out" ]; then
  out=$PWD/build/reproduce
  [ "$device" = auto ] || out=$out-$device
  ((quick)) && out=$out-quick
fi
bash tests/install_packages.sh jq
bench=build/benchmarks/credence-bench
if [ ! -x "$bench" ]; then
  echo "reproduce.sh: $bench is missing; ./quickstart.sh builds it" >&2
  exit 1
fi

# name, task, model, epochs, learning rates, further options, published percentages
rows=(
  "acc-LeNet5|acc|LeNet5|10|1e-2 1e-3||98.75 98.43"
  "acc-VGG11|acc|VGG11|50|1e-3 1e-4||82.99 63.96"
  "acc-VGG16|acc|VGG16|100|1e-3 1e-4||86.56 75.81"
  "init-LeNet5|init|LeNet5|3|1e-3 1e-3||98.40 86.09 98.97"
  "init-LeNet5-frozen|init|LeNet5|3|1e-3 1e-3|--freeze|98.40 55.42 63.09"
  "init-VGG11|init|VGG11|50|1e-4 1e-4||74.18 10.00 10.00"
  "init-VGG11-frozen|init|VGG11|50|1e-4 1e-4|--freeze|74.18 10.00 69.50"
  "init-VGG16|init|VGG16|100|1e-4 1e-4||76.04 10.00 10.00"
  "init-VGG16-frozen|init|VGG16|100|1e-4 1e-4|--freeze|76.04 10.00 65.16"
)
epochs_of() { # published epochs
  if ((quick)); then echo $(($1 >= 50 ? $1 / 25 : 1)); else echo "$1"; fi
}

mkdir -p "$out"
for row in "${rows[@]}"; do
  IFS='|' read -r name task model epochs rates options _ <<<"$row"
  # shellcheck disable=SC2053 # the pattern is meant to be one
  [[ $name == $pattern ]] || continue
  [ -f "$out/$name/results.json" ] && continue
  epochs=$(epochs_of "$epochs")
  [ "$task" = init ] && epochs="$epochs $epochs"
  # shellcheck disable=SC2086,SC2206 # lists of words
  command=("$bench" --task $task --model $model --epochs $epochs --batch-size 256 --lr $rates
    --recipe bayetorch --validation 0 --samples 1 --device "$device" $options --out "$out/$name" --resume ${extra[@]+"${extra[@]}"})
  echo "$name: ${command[*]}" >&2
  "${command[@]}" >&2
done

report=$out/reproduction.md
# shellcheck disable=SC2016 # jq's variables
formats='def percent: (10000 * . | round) as $n
           | "\($n / 100 | floor).\("0\($n % 100)"[-2:])";
         def best: "\(.test_of_epoch_chosen_on_test.accuracy | percent) (epoch \(.epoch_chosen_on_test))";'
{
  echo "BayeTorch's published accuracies and ours at its settings, in percent of the test set, as it"
  echo "counts: the best epoch by the test set, one posterior sample."
  devices=$(find "$out" -mindepth 2 -maxdepth 2 -name results.json -exec jq -r .settings.device {} + | sort -u)
  [ -z "$devices" ] || echo "Device: ${devices//$'\n'/, }."
  ((quick)) && echo "Quick run: a twenty-fifth of the published epochs, at least one."
  for task in acc init; do
    echo
    if [ $task = acc ]; then
      echo "| row | epochs | published frequentist | ours | published Bayesian | ours | training |"
    else
      echo "| row | epochs | published pretrained, start, final | our pretrained | our start | our final | training |"
    fi
    echo "|---|---|---|---|---|---|---|"
    for row in "${rows[@]}"; do
      IFS='|' read -r name row_task _ epochs _ _ published <<<"$row"
      [ "$row_task" = $task ] || continue
      result=$out/$name/results.json
      if [ ! -f "$result" ]; then
        echo "| $name | - | ${published// /, } | not run | | | |"
        continue
      fi
      if [ $task = acc ]; then
        read -r frequentist bayesian <<<"$published"
        jq -r --arg name "$name" --arg f "$frequentist" --arg b "$bayesian" "$formats"'
          "| \($name) | \(.settings.epochs) | \($f) | \(.families[0] | best) | \($b) | \(.families[1] | best) | \([.families[].training_seconds] | add | round) s |"' "$result"
      else
        jq -r --arg name "$name" --arg p "${published// /, }" "$formats"'
          "| \($name) | \(.settings.epochs) + \(.settings.second_epochs) | \($p) | \(.pretrained | best) | \(.start.accuracy | percent) | \(.trained | best) | \(.pretrained.training_seconds + .trained.training_seconds | round) s |"' "$result"
      fi
    done
  done
} >"$report"
cat "$report"
