#!/usr/bin/env bash
# shellcheck disable=SC2317 # the steps' functions are called by their names
# Checks Credence on a machine with an NVIDIA card and sums up in one table: builds for that card,
# runs every test, trains LeNet5 and BayesianLeNet5, times steps and kernels, and looks for memory
# errors and races in the kernels. A step that fails does not keep the next ones from running.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/gpu_check.sh [--only STEP,…] [--minutes N] [--out DIR] [--packages DIR] [--dry-run]
       tests/gpu_check.sh --fetch-packages DIR
  --only STEP,…         only these steps; all but build need what an earlier run has built
  --minutes N           the most that the whole may take (default: 8); each step has its share
  --out DIR             folder for the build and the results (default: build/gpu-check):
                        gpu_check.md, gpu_check.json and gpu_check.log
  --packages DIR        Debian packages (*.deb) to build with where they are not installed; they
                        are unpacked in --out (default: .packages, if there is one)
  --dry-run             every step on a machine without a card: programs compute on the CPU, the
                        accuracies are those of one epoch, and tests that need a card are skipped
  --fetch-packages DIR  on a Debian machine with network: fetch these packages into DIR, no more
steps: build         for the card of this machine
       device-tests  tests that need a device; one that is skipped for want of one counts as failed
       accuracy      LeNet5 and BayesianLeNet5, 10 epochs each
       steps         training steps of LeNet5 and VGG16 of both families, with and without a graph
       memcheck      compute-sanitizer, where it is installed, over the suites that failed in
                     device-tests, or over the tests of ops
       racecheck     the same for races in shared memory
       profile       the device's time of each kernel of a step, where ncu is installed
       kernels       some of credence-kernels on the device, each compared with the CPU's first
       other-tests   all other tests
       pytorch       training steps of BayesianLeNet5 and BayesianVGG16 beside PyTorch, where
                     python3 has it with CUDA
Where one call may not last as long, two do: --minutes 6 --only build,device-tests,accuracy,steps, then
--minutes 6 --only memcheck,racecheck,profile,kernels,other-tests,pytorch. The table then has all of them.
Exit status: 0 nothing failed, 1 a step failed or there is no device, 2 wrong usage.
END
}
say() { echo "gpu_check.sh: $*" >&2; }
wrong_usage() {
  say "$*"
  exit 2
}

declare -A limits=( # seconds, of 8 minutes
  [build]=210 [device-tests]=60 [accuracy]=30 [steps]=40 [memcheck]=60
  [racecheck]=40 [profile]=30 [kernels]=40 [other-tests]=120 [pytorch]=120)
# What comes last suffers where the first ones are slow.
steps=(build device-tests accuracy steps memcheck racecheck profile kernels other-tests pytorch)
chosen=() minutes=8 out="" packages="" fetch="" dry_run=0
while (($#)); do
  case $1 in
    --only | --minutes | --out | --packages | --fetch-packages)
      [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
      case $1 in
        --only) IFS=, read -ra chosen <<<"$2" ;;
        --minutes) minutes=$2 ;;
        --out) out=$(realpath -m "$2") ;;
        --packages) packages=$(realpath -m "$2") ;;
        --fetch-packages) fetch=$(realpath -m "$2") ;;
      esac
      shift ;;
    --dry-run) dry_run=1 ;;
    --help | -h) usage; exit 0 ;;
    *) wrong_usage "unknown option $1 (--help shows the options)" ;;
  esac
  shift
done
[[ $minutes =~ ^0*[1-9][0-9]{0,3}$ ]] || wrong_usage "--minutes $minutes is no whole number of minutes"
minutes=$((10#$minutes)) # not octal
for step in ${chosen[@]+"${chosen[@]}"}; do
  [ -n "${limits[$step]:-}" ] || wrong_usage "there is no step '$step' (steps: ${steps[*]})"
done
is_chosen() { ((${#chosen[@]} == 0)) || [[ " ${chosen[*]} " == *" $1 "* ]]; }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/gpu_check/packages.sh
source tests/gpu_check/packages.sh
if [ -n "$fetch" ]; then
  fetch_packages "$fetch"
  exit
fi
[ -z "$packages" ] || compgen -G "$packages/*.deb" >/dev/null ||
  wrong_usage "--packages: no *.deb in $packages"

PATH=$PATH:/usr/local/cuda/bin
device=cuda
if ((dry_run)); then
  device=cpu card="no card (dry run), none, none, none"
elif ! command -v nvidia-smi >/dev/null; then
  say "no CUDA device (nvidia-smi is not installed)"
  exit 1
elif ! card=$(timeout 30 nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total \
  --format=csv,noheader 2>&1) || [ -z "$card" ]; then
  say "no CUDA device (nvidia-smi: $(tail -n 1 <<<"$card"))"
  exit 1
fi
begin=$SECONDS
[ -n "$out" ] || out=$PWD/build/gpu-check
[ -n "$packages" ] || ! compgen -G '.packages/*.deb' >/dev/null || packages=$PWD/.packages
build=$out/build
records=$out/steps
mkdir -p "$out"
: >"$out/gpu_check.log"
if is_chosen build && [ -n "$packages" ]; then unpack_packages "$packages" "$out/packages"; fi
[ ! -f "$out/packages/complete" ] || use_packages "$out/packages"
use_cuda_of_python "$out/cuda"
machine=$(
  printf 'cards\t%s\n' "$(head -n 1 <<<"$card")"
  printf 'dry_run\t%s\n' "$dry_run"
  printf 'nvcc\t%s\n' "$(nvcc --version 2>/dev/null | sed -n 's/.*release \([0-9.]*\),.*/\1/p')"
  printf 'compiler\t%s\n' "$(g++ --version 2>/dev/null | head -n 1)"
  printf 'processors\t%s\n' "$(nproc)"
  printf 'commit\t%s\n' "$(git rev-parse --short HEAD 2>/dev/null || true)"
)
# What an earlier call for other steps found stays in the table, if it was of the same sources and machine.
if ((!${#chosen[@]})) || [ "$machine" != "$(cat "$records/machine.tsv" 2>/dev/null)" ]; then rm -rf "$records"; fi
mkdir -p "$records"
echo "$machine" >"$records/machine.tsv"

child=""
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 130' INT TERM
# Runs a command until the step's time is over, or for `most` seconds where that is set.
limited() {
  local left=$((step_end - SECONDS))
  ((left > 0)) || return 124
  ((left < ${most:-$left})) || left=${most:-$left}
  timeout --kill-after=5 "$left" "$@" &
  child=$!
  local status=0
  wait "$child" || status=$?
  child=""
  return "$status"
}
# What a step returns where something it needs is not there: absent RESULT WHAT
absent() {
  echo "$1: $2"
  return 77
}
built() {
  # What an earlier build left says nothing about these sources.
  if ((build_failed)); then echo "error: the build failed"; return 1; fi
  [ -x "$build/$1" ] || { echo "error: $1 is not built"; return 1; }
}

run_build() {
  local program
  for program in g++ nvcc meson ninja pkg-config; do
    if ! command -v "$program" >/dev/null; then echo "error: $program is missing (see --packages)"; return 1; fi
  done
  local options=(-Dcuda=enabled -Dtests=enabled -Drivals=disabled -Dwerror=false)
  # The old kind of path is searched for what libraries need, too.
  options+=("-Dcpp_link_args=${library_folders:+-Wl,--disable-new-dtags,-rpath,$library_folders}")
  # Without a card meson would choose three.
  ((!dry_run)) || options+=(-Dgpu_architectures=90)
  local again=()
  [ ! -f "$build/build.ninja" ] || again=(--reconfigure)
  limited meson setup ${again[@]+"${again[@]}"} "${options[@]}" "$build" . &&
    limited ninja -C "$build"
}
run_tests() {
  built tests/credence-tests &&
    limited "$build/tests/credence-tests" --run_test="$1" --color_output=no --log_level=test_suite \
      --report_level=detailed
}
# Each suite in a process of its own: after an illegal address a process can use the device no more, and
# a kernel that hangs must not take the time of the others. The libraries say in a file what they refuse.
run_device-tests() {
  built tests/credence-tests || return
  local suite status=0 most=20
  local suites
  suites=$("$build/tests/credence-tests" --list_content 2>&1 | sed -n 's/^\(device_[a-z0-9_]*\)\*.*/\1/p')
  [ -n "$suites" ] || { echo "error: credence-tests lists no suite device_…"; return 1; }
  rm -f "$records/failed-suites" "$records/cudnn.txt" "$records/cublaslt.txt"
  local -x CUDNN_LOGLEVEL_DBG=1 CUDNN_LOGDEST_DBG=$records/cudnn.txt
  local -x CUBLASLT_LOG_LEVEL=1 CUBLASLT_LOG_FILE=$records/cublaslt.txt
  for suite in $suites; do
    run_tests "$suite" && continue
    echo "the suite $suite ended with status $?"
    echo "$suite" >>"$records/failed-suites"
    status=1
  done
  return "$status"
}
run_other-tests() { run_tests '!device_*'; }
run_accuracy() {
  built benchmarks/credence-bench &&
    limited "$build/benchmarks/credence-bench" --task acc --model LeNet5 --device "$device" \
      --epochs $((dry_run ? 1 : 10)) --no-progress --json "$records/accuracy.json"
}
# The products of LeNet5 are too small for tensor cores.
run_steps() {
  built benchmarks/credence-training-step || return
  local model precision family graph
  for model in LeNet5:fp32 VGG16:tf32 VGG16:bf16; do
    precision=${model#*:}
    ((!dry_run)) || precision=fp32
    for family in frequentist bayesian; do
      for graph in --cuda-graph --no-cuda-graph; do
        limited "$build/benchmarks/credence-training-step" --model "${model%:*}" --family "$family" \
          --device "$device" --precision "$precision" "$graph" --seconds 0.5 --json \
          >"$records/steps-${model%:*}-$precision-$family$graph.json" || return
      done
    done
  done
}
# One step, kernel by kernel: a replayed graph is one piece of work for the profiler.
run_profile() {
  command -v ncu >/dev/null || absent "not installed" "ncu" || return
  built benchmarks/credence-training-step &&
    limited ncu --metrics gpu__time_duration.sum --csv --launch-count 400 \
      "$build/benchmarks/credence-training-step" --model LeNet5 --family bayesian --device "$device" \
      --no-cuda-graph --seconds 0
}
run_pytorch() {
  local needs="torch.cuda.is_available()"
  ((!dry_run)) || needs=True
  limited python3 -c "import torch; raise SystemExit(not $needs)" ||
    absent "not installed" "python3 has no PyTorch with CUDA" || return
  built benchmarks/credence-training-step || return
  local status=0
  compare_step LeNet5 fp32 || status=$?
  compare_step VGG16 tf32 || status=$?
  return "$status"
}
compare_step() { # compare_step MODEL PRECISION
  local precision=(--precisions "$2")
  ((!dry_run)) || precision=()
  limited python3 benchmarks/steps/compare_pytorch --device "$device" --rows "Bayesian$1 step" \
    ${precision[@]+"${precision[@]}"} --rounds 1 --seconds 1 --binary "$build/benchmarks/credence-training-step" \
    --json "$records/pytorch-$1.json"
}
# A large product, a small and a large convolution, and what is bound by memory.
some_kernels='matmul/2048x2048x2048nn|(convolution|moments)_.*/(256x6x12x12-16k5|64x128x16x16-128k3)|.*/64MiB'
run_kernels() {
  if [ -f "$build/build.ninja" ] && ! grep -q '^build .*/credence-kernels:' "$build/build.ninja"; then
    absent "not built" "Google Benchmark is missing" || return
  fi
  built benchmarks/kernels/credence-kernels &&
    limited "$build/benchmarks/kernels/credence-kernels" --device "$device" --benchmark_min_time=0.05 \
      --benchmark_filter="^($some_kernels)/" --out "$records/kernels"
}
# Not those that train or take gradients of everything: they are slow there.
ops='device_*:!device_training:!device_recorded_step:!device_gradients'
sanitize() {
  command -v compute-sanitizer >/dev/null || absent "not installed" "compute-sanitizer" || return
  # Failures that the runtime reports are for the tests: they provoke some.
  built tests/credence-tests &&
    limited compute-sanitizer --tool "$1" --report-api-errors no --error-exitcode 99 \
      --print-limit 20 "$build/tests/credence-tests" --run_test="$2" --color_output=no \
      --log_level=test_suite
}
# By themselves, convolutions: most of what they run is cuDNN's.
run_memcheck() {
  if [ -s "$records/failed-suites" ]; then
    sanitize memcheck "$(paste -sd, "$records/failed-suites")"
    return
  fi
  sanitize memcheck "$ops:!device_convolution" && sanitize memcheck device_convolution
}
run_racecheck() { sanitize racecheck "$ops:!device_convolution"; }

failures=0 build_failed=0
for step in "${steps[@]}"; do
  is_chosen "$step" || continue
  # Ten seconds of the whole are for what comes before and after.
  left=$((begin + minutes * 60 - 10 - SECONDS))
  limit=$((limits[$step] * minutes / 8))
  ((limit <= left)) || limit=$((left > 0 ? left : 0))
  say "$step, at most $limit s …"
  step_end=$((SECONDS + limit))
  # The decimal point may be a comma.
  from=${EPOCHREALTIME/,/.} status=0
  rm -f "$records/$step.json" "$records/$step"-*
  "run_$step" >"$records/$step.log" 2>&1 </dev/null || status=$?
  [ "$step" != build ] || build_failed=$((status != 0))
  line=$(python3 tests/gpu_check/report.py step "$records" "$step" "$status" "$limit" \
    "$from" "${EPOCHREALTIME/,/.}") || failures=1
  say "$line"
  { echo "== $line"; cat "$records/$step.log"; } >>"$out/gpu_check.log"
  # After each step, for whoever stops the rest.
  python3 tests/gpu_check/report.py table "$out" >/dev/null
done
python3 tests/gpu_check/report.py table "$out"
say "$out/gpu_check.md, gpu_check.json, gpu_check.log"
exit "$failures"
