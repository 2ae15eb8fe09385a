#!/usr/bin/env bash
# Trains, stops, resumes, evaluates, predicts, saves and loads LeNet5 in both families in one process, and kills
# a child of it in the middle of training, for some minutes. Memory may grow by 1 % after a tenth of the time,
# the number of descriptors not at all, and each resumed model is compared with that of an uninterrupted run.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/soak.sh [--build DIR] [--minutes N]
  --build DIR   where the tests are built (default: build)
  --minutes N   (default: 30)
Exit status: 0 memory and descriptors are flat, 1 they are not or a run failed, 2 wrong usage.
END
}
say() { echo "soak.sh: $*" >&2; }
build=$(cd "$(dirname "$0")/.." && pwd)/build minutes=30
while (($#)); do
  case $1 in
    --build | --minutes)
      [ -n "${2:-}" ] || { say "$1 needs a value"; exit 2; }
      if [ "$1" = --build ]; then build=$2; else minutes=$2; fi
      shift ;;
    --help | -h) usage; exit 0 ;;
    *) say "unknown option $1 (--help shows the options)"; exit 2 ;;
  esac
  shift
done
program=$build/tests/soak/credence-soak
[ -x "$program" ] || { say "there is no $program: run ./test.sh first"; exit 1; }
exec "$program" "$minutes"
