#!/usr/bin/env python3
"""Plants faults in a copy of the sources, one at a time, and counts those that the tests catch.

usage: mutation_check.py [--faults N] [--seed S] [--jobs J] [--folder FOLDER]... [--out FILE]
  --faults N       faults to plant (default 100)
  --seed S         chooses them (default 1)
  --jobs J         compilations at a time (default: one for each core)
  --folder FOLDER  where to plant them (default: framework/ops bayes framework/io framework/optim)
  --out FILE       one JSON line for each fault; the faults in it already are not planted again

A fault is one change of a .cpp file: a sign (+ and -), a bound (< and <=, > and >=), a comparison (== and !=),
a connective (&& and ||), a factor (* and /), true and false, or two arguments of a call in the other order.
The copy and its build are in build-mutation. A fault that does not compile is replaced by another one. A fault
is caught where a test program of the folders up to zoo fails or does not end within five times its usual time.
Prints each fault that was missed. Those that tests/mutation_equivalents.json lists, with the reason, change no
result, so that no test can catch them; they do not count. Exit status: 0 at least 95 % of the others are caught,
1 fewer, 2 wrong usage.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build-mutation"
COPY = BUILD / "source"
EQUIVALENTS = ROOT / "tests/mutation_equivalents.json"
PROGRAMS = ["framework", "bayes", "zoo", "training"]
# clang-format puts spaces around binary operators alone, so that templates, pointers and signs do not match.
SWAPS = {
    "sign": [(" + ", " - "), (" - ", " + "), (" += ", " -= "), (" -= ", " += ")],
    "bound": [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > ")],
    "comparison": [(" == ", " != "), (" != ", " == ")],
    "connective": [(" && ", " || "), (" || ", " && ")],
    "factor": [(" * ", " / "), (" / ", " * ")],
    "truth": [("true", "false"), ("false", "true")],
}
# A line of Boost.Test's log.
ERROR = re.compile(r": (fatal )?error: in \"")
ARGUMENTS = re.compile(r"(?<=[\w>]\()([a-z]\w*), ([a-z]\w*)(?=[,)])")


def code_of(line):
    """The line up to a comment, with the letters of texts replaced, so that places stay the same."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', lambda text: '"' + "_" * (len(text.group()) - 2) + '"', line)
    return line.split("//")[0]


def faults_of(path):
    lines = path.read_text().split("\n")
    for number, line in enumerate(lines):
        if line.lstrip().startswith(("#", "static_assert", "throw", "template", "using")):
            continue
        code = code_of(line)
        for kind, swaps in SWAPS.items():
            for old, new in swaps:
                pattern = rf"\b{old}\b" if old.isalpha() else re.escape(old)
                for match in re.finditer(pattern, code):
                    yield number, kind, line[: match.start()] + new + line[match.end() :]
        declares = re.match(r"\s*(?:[\w:<>&*]+ )+[\w:]+\(", code)
        for match in [] if declares and code.rstrip().endswith(("{", ";")) is False else ARGUMENTS.finditer(code):
            if match.group(1) != match.group(2):
                swapped = f"{match.group(2)}, {match.group(1)}"
                yield number, "arguments", line[: match.start()] + swapped + line[match.end() :]


def candidates(folders, seed):
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            for number, kind, line in faults_of(path):
                found.append((str(path.relative_to(ROOT)), number, kind, line))
    random.Random(seed).shuffle(found)
    return found


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def build(jobs):
    targets = ["tests/framework/openmp_program", *(f"tests/credence-{name}-tests" for name in PROGRAMS)]
    return run(["ninja", "-C", str(BUILD / "out"), "-j", str(jobs), *targets])


def fails(name, seconds=None):
    """Whether the test program fails or takes longer. It is ended at its first error."""
    options = ["--color_output=no", "--log_level=error", "--report_level=no"]
    command = [str(BUILD / f"out/tests/credence-{name}-tests"), *options]
    test = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    timer = threading.Timer(seconds, test.kill) if seconds else None
    try:
        if timer:
            timer.start()
        if any(ERROR.search(line) for line in test.stdout):
            return True
        return test.wait() != 0
    finally:
        if timer:
            timer.cancel()
        test.kill()
        test.wait()


def prepare(jobs):
    """Copies the tracked files and builds the test programs; gives the seconds that each of them takes."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = run(["git", "ls-files"], cwd=ROOT, check=True).stdout.split("\n")
    for name in filter(None, listed):
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name)
    if not (BUILD / "out/build.ninja").exists():
        options = ["-Dup_to=zoo", "-Dtests=enabled", "-Dcuda=disabled", "-Dwide_kernels=false", "-Db_pch=false"]
        run(["meson", "setup", *options, "-Ddefault_library=static", str(BUILD / "out"), str(COPY)], check=True)
    result = build(jobs)
    if result.returncode != 0:
        sys.exit(f"the copy does not compile:\n{result.stdout[-2000:]}")
    seconds = {}
    for name in PROGRAMS:
        began = time.monotonic()
        if fails(name):
            sys.exit(f"credence-{name}-tests fails without a fault")
        seconds[name] = time.monotonic() - began
    return seconds


def caught_by(path, seconds):
    """The name of the test program that fails with the planted fault, or None."""
    first = "bayes" if path.startswith("bayes") else "framework"
    for name in [first] + [other for other in PROGRAMS if other != first]:
        if fails(name, 10 + 5 * seconds[name]):
            return name
    return None


def plant(fault, jobs, seconds):
    """The record of a fault, or None where it does not compile."""
    path, number, kind, line = fault
    file = COPY / path
    original = file.read_text()
    lines = original.split("\n")
    record = {"file": path, "line": number + 1, "kind": kind, "before": lines[number].strip(), "after": line.strip()}
    lines[number] = line
    try:
        file.write_text("\n".join(lines))
        if build(jobs).returncode != 0:
            return None
        record["caught_by"] = caught_by(path, seconds)
    finally:
        file.write_text(original)
    return record


def options():
    parser = argparse.ArgumentParser(usage="mutation_check.py [--help]")
    parser.format_help = lambda: __doc__
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--folder", action="append")
    parser.add_argument("--out", type=pathlib.Path)
    return parser.parse_args()


def change_of(record):
    return record["file"], record["before"], record["after"]


def main():
    chosen = options()
    folders = chosen.folder or ["framework/ops", "bayes", "framework/io", "framework/optim"]
    records = []
    if chosen.out and chosen.out.exists():
        records = [json.loads(line) for line in chosen.out.read_text().splitlines()]
    done = {(record["file"], record["line"], record["after"]) for record in records}
    jobs = chosen.jobs or len(os.sched_getaffinity(0))
    no_result = {change_of(entry) for entry in json.loads(EQUIVALENTS.read_text())}
    seconds = prepare(jobs)
    for fault in candidates(folders, chosen.seed):
        if len(records) >= chosen.faults:
            break
        if (fault[0], fault[1] + 1, fault[3].strip()) in done:
            continue
        record = plant(fault, jobs, seconds)
        if record is None:
            continue
        records.append(record)
        if chosen.out:
            with chosen.out.open("a") as file:
                file.write(json.dumps(record) + "\n")
        if record["caught_by"] is None and change_of(record) not in no_result:
            print(f"missed: {record['file']}:{record['line']}: {record['before']}  ->  {record['after']}", flush=True)
    caught = sum(record["caught_by"] is not None for record in records)
    equivalent = sum(record["caught_by"] is None and change_of(record) in no_result for record in records)
    print(f"{caught} of {len(records) - equivalent} faults caught; {equivalent} more change no result")
    return 0 if caught >= 0.95 * (len(records) - equivalent) else 1


if __name__ == "__main__":
    sys.exit(main())
