#!/usr/bin/env bash
# Measures which lines of framework, bayes and data the tests run.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/coverage_check.sh [--jobs N]
  --jobs N   compilations at a time (default: one for each core)
Builds in build-coverage with gcov's counters, without CUDA, runs all tests and prints the share of lines
that ran: for each file with fewer than 95 %, for each folder, and for all. The lines that did not run are
in build-coverage/lines.txt, as FILE: LINE,LINE-LINE. Tests of real data need CREDENCE_DATA.
The tests take hours, because nothing is optimised.
Exit status: 0 at least 95 % of all lines ran, 1 fewer or a test failed, 2 wrong usage, 77 a tool is absent.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
no_names() { return 1; }
read_arguments no_names "$@"
needs "g++ meson ninja-build gcovr" g++ meson ninja gcovr || exit

folder=build-coverage
# The counters lead g++ to warnings about code that has no fault.
configure_with g++ "$folder" -Db_coverage=true -Dwerror=false \
  -Dbuildtype=debug -Doptimization=0 -Db_ndebug=true -Dtests=enabled -Dcuda=disabled -Drivals=disabled \
  -Ddefault_library=static
run ninja -C "$folder" -j "$jobs"
find "$folder" -name '*.gcda' -delete
# One thread: several write the same counters in turn, which takes far longer.
export OMP_NUM_THREADS=1
run "$folder/tests/credence-tests"
sets=$("$folder/benchmarks/credence-bench" --version | sed -n 's/^CPU instruction sets: //p')
for isa in ${sets% *}; do
  [ "$isa" = "$sets" ] || run env "CREDENCE_ISA=$isa" "$folder/tests/credence-tests" --run_test=@every_isa
done
# Several threads count without locks, so that a counter may end below 0; gcovr stops there without the
# option, and with -j it never ends.
gcovr --root . --object-directory "$folder" --gcov-ignore-parse-errors --filter 'framework/' --filter 'bayes/' \
  --filter 'data/' --exclude 'framework/cuda/' --exclude-throw-branches --json -o "$folder/lines.json"
python3 - "$folder" <<'END'
import collections, json, sys
folder = sys.argv[1]
floors = collections.defaultdict(lambda: [0, 0])
with open(f"{folder}/lines.json") as file, open(f"{folder}/lines.txt", "w") as missed_lines:
    for entry in sorted(json.load(file)["files"], key=lambda entry: entry["file"]):
        lines = [line for line in entry["lines"] if not line.get("gcovr/noncode")]
        missed = [line["line_number"] for line in lines if line["count"] == 0]
        for name in (entry["file"].rsplit("/", 1)[0], entry["file"].split("/")[0], "all"):
            floors[name][0] += len(lines) - len(missed)
            floors[name][1] += len(lines)
        if missed:
            ranges = []
            for number in missed:
                if ranges and number == ranges[-1][1] + 1:
                    ranges[-1][1] = number
                else:
                    ranges.append([number, number])
            text = ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
            print(f"{entry['file']}: {text}", file=missed_lines)
        if len(missed) > 0.05 * len(lines):
            print(f"{entry['file']}: {len(lines) - len(missed)} of {len(lines)} lines")
for name, (ran, lines) in sorted(floors.items()):
    print(f"{name}: {ran} of {lines} lines, {100 * ran / lines:.1f} %")
ran, lines = floors["all"]
sys.exit(0 if ran >= 0.95 * lines else 1)
END
