#!/usr/bin/env python3
"""For gpu_check.sh: what a step gave in one line, and the table of all steps.

  report.py step RECORDS STEP STATUS LIMIT FROM UNTIL   exits with 1 where the step failed
  report.py table OUT                                   writes OUT/gpu_check.md and gpu_check.json
"""
import csv
import io
import json
import pathlib
import re
import sys

ABSENT, STOPPED = 77, (124, 137)
GOAL_SECONDS = 5  # of the step accuracy
# The names of units that versions of ncu use.
MICROSECONDS = {"ns": 1e-3, "nsecond": 1e-3, "us": 1, "usecond": 1, "ms": 1e3, "msecond": 1e3}


def last_line(log):
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def first_error(log):
    found = re.search(r"^.*\berror: .*$", log, re.IGNORECASE | re.MULTILINE)
    return found.group(0).strip() if found else last_line(log)


def in_test(log):
    entered = re.findall(r'Entering test case "([^"]+)"', log)
    return f"in {entered[-1]}" if entered else last_line(log)


def counted(count, what):
    return f"{count} {what}" + ("" if count == 1 else "s")


def load(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def tests(log, records, step):
    """Counts, what failed, and whether all could run."""
    names = {kind: re.findall(rf'^ *Test case "([^"]+)" has {kind}', log, re.MULTILINE)
             for kind in ("passed", "failed", "been aborted")}
    failed = names["failed"] + names["been aborted"]
    skipped = re.findall(r"^skipped: (.*)$", log, re.MULTILINE)
    expected = is_dry_run(records)
    without_device = [reason for reason in skipped if "no CUDA device" in reason and not expected]
    counts = {"passed": len(names["passed"]) - len(skipped),
              "failed": len(failed) + len(without_device),
              "skipped": len(skipped) - len(without_device),
              "skipped_without_device": len(without_device), "failed_tests": failed,
              "reasons": sorted(set(skipped))}
    (records / f"{step}.json").write_text(json.dumps(counts))
    if not any(names.values()):
        return False, f"the tests ended without a report, {in_test(log)}"
    text = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    if without_device:
        text += f" ({len(without_device)} found no CUDA device)"
    if failed:
        text += ": " + ", ".join(failed[:4]) + (" …" if len(failed) > 4 else "")
    # Boost.Test's status where tests failed is 201.
    for suite, status in re.findall(r"^the suite (\S+) ended with status (\d+)$", log, re.MULTILINE):
        if status != "201":
            text += f"; {suite} ended with status {status}"
    refused = [f"{library} refused {counted(count, 'call')}" for library, count in
               (("cuDNN", refusals(records / "cudnn.txt")), ("cuBLASLt", refusals(records / "cublaslt.txt")))
               if count and step == "device-tests"]
    return counts["failed"] == 0, "; ".join([text, *refused])


def is_dry_run(records):
    return "dry_run\t1\n" in (records / "machine.tsv").read_text()


def refusals(path):
    """The number of errors in a library's log."""
    text = path.read_text(errors="replace") if path.exists() else ""
    return len(re.findall(r"\berror\b|\[Error\]", text, re.IGNORECASE))


def build(log, *_):
    found = re.search(r"CUDA kernels for compute capabilities (.*)", log)
    warnings = len(re.findall(r"warning: ", log))
    text = f"CUDA kernels for compute capability {found.group(1)}" if found else last_line(log)
    return True, text + (f", {warnings} warnings" if warnings else "")


def sanitizer(log, *_):
    summaries = re.findall(r"^=+ (?:ERROR|RACECHECK) SUMMARY: (.*)$", log, re.MULTILINE)
    if not summaries:
        return False, "no summary: " + last_line(log)
    cases = len(re.findall("Entering test case", log))
    wrong = len(re.findall(r": (?:fatal )?error: in ", log))
    text = f"{counted(cases, 'test')}: " + "; ".join(dict.fromkeys(summaries))
    if wrong:
        text += f", {wrong} checks of the tests failed"
    return cases > 0 and not wrong, text


def accuracy(log, records, step):
    results = load(records / f"{step}.json")
    if results is None:
        return False, "no results: " + last_line(log)
    texts = []
    for family in results["families"]:
        name = ("Bayesian" if family["family"] == "Bayesian" else "") + results["model"]
        percent = 100 * family["test_after_last_epoch"]["accuracy"]
        texts.append(f"{name} {percent:.2f} % in {family['training_seconds']:.2f} s")
    return True, f"{results['dataset']}: " + ", ".join(texts)


def steps(log, records, step):
    """Milliseconds of each step with the graph, and without."""
    rows = [(path.stem, load(path)) for path in sorted(records.glob("steps-*.json"))]
    times = {name: row["median_ms"] for name, row in rows if row}
    (records / f"{step}.json").write_text(json.dumps(times))
    texts = []
    for name, time in times.items():
        if name.endswith("--no-cuda-graph"):
            continue
        model, precision, family = name.removesuffix("--cuda-graph").split("-")[1:]
        without = times.get(name.replace("--cuda-graph", "--no-cuda-graph"))
        label = ("Bayesian" if family == "bayesian" else "") + f"{model} ({precision})"
        texts.append(f"{label} {time:.3f} ms" + (f", {without:.3f} without graph" if without else ""))
    return bool(texts), "; ".join(texts) or "no measurements: " + last_line(log)


def profile(log, records, step):
    """The kernels that take most of the device's time. ncu's table begins with the line of its columns."""
    begin = log.find('"ID"')
    microseconds = {}
    for row in csv.DictReader(io.StringIO(log[begin:])) if begin >= 0 else []:
        scale = MICROSECONDS.get(row.get("Metric Unit"))
        if scale is None:
            continue
        name = re.sub(r"[<(].*", "", row["Kernel Name"])
        time = scale * float(row["Metric Value"].replace(",", ""))
        microseconds.setdefault(name, []).append(time)
    (records / f"{step}.json").write_text(json.dumps(microseconds))
    longest = sorted(microseconds.items(), key=lambda item: -sum(item[1]))[:5]
    texts = [f"{name} {sum(times):.1f} µs in {len(times)}" for name, times in longest]
    return bool(texts), "; ".join(texts) or "no kernels: " + last_line(log)


def middle(values):
    return sorted(values)[len(values) // 2] if values else None


def pytorch(log, records, step):
    """Our time of each row, and how many times as long the rivals take."""
    rows = [row for path in sorted(records.glob(f"{step}-*.json")) for row in load(path) or []]
    (records / f"{step}.json").write_text(json.dumps(rows))
    texts = []
    for row in rows:
        ours = middle(row["credence_ms"])
        text = f"{row['work']} ({row['precision']}) " + (f"{ours:.3f} ms" if ours else "failed")
        for rival in ("pytorch", "pytorch_compiled"):
            if f"{rival}_ms" not in row:  # on the CPU PyTorch is not compiled
                continue
            theirs = middle(row[f"{rival}_ms"])
            times = f" = {theirs / ours:.2f} times" if theirs and ours else ""
            text += f", {rival.replace('_', ' ')} "
            text += f"{theirs:.3f} ms{times}" if theirs else "failed"
        texts.append(text)
    return bool(rows), "; ".join(texts) or "no measurements: " + last_line(log)


def kernels(log, records, step):
    results = load(records / f"{step}.json")
    if results is None:
        return False, "no measurements: " + last_line(log)
    cases = results.get("benchmarks", [])
    wrong = [case["name"] for case in cases if case.get("error_occurred")]
    text = f"{len(cases)} cases"
    for unit in ("GF/s", "GB/s"):
        best = max(cases, key=lambda case: case.get(unit, 0), default={})
        if unit in best:
            text += f", at most {best[unit]:,.0f} {unit} ({'/'.join(best['name'].split('/')[:3])})"
    if wrong:
        text += f", wrong: {', '.join(wrong[:4])}"
    return bool(cases) and not wrong, text


SUMMARIES = {"build": build, "device-tests": tests, "other-tests": tests, "accuracy": accuracy,
             "steps": steps, "profile": profile, "pytorch": pytorch, "kernels": kernels, "memcheck": sanitizer,
             "racecheck": sanitizer}
# Those whose summary says what went wrong, too.
WITH_SUMMARY = ("device-tests", "other-tests", "kernels", "pytorch", "memcheck", "racecheck")


def judge(records, step, status, limit, seconds):
    """(result, text) of a step."""
    log = (records / f"{step}.log").read_text(errors="replace")
    if status == ABSENT:
        return last_line(log).split(": ", 1)
    if status in STOPPED:
        measured = "; " + pytorch(log, records, step)[1] if step == "pytorch" else ""
        return "failed", f"stopped after {limit} s, {in_test(log)}{measured}"
    if status != 0 and (step not in WITH_SUMMARY or last_line(log).startswith("error: ")):
        return "failed", first_error(log)
    good, text = SUMMARIES[step](log, records, step)
    if step == "accuracy" and good and not is_dry_run(records):
        verdict = "met" if seconds < GOAL_SECONDS else "missed"
        text += f"; {seconds:.1f} s in all, goal of {GOAL_SECONDS} s {verdict}"
    return "passed" if good and status == 0 else "failed", text


def read_rows(records):
    path = records / "steps.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def record_step(folder, step, status, limit, begin, end):
    records = pathlib.Path(folder)
    seconds = float(end) - float(begin)
    result, text = judge(records, step, int(status), limit, seconds)
    text = re.sub(r"\s+", " ", text).replace("|", "/")
    text = text if len(text) <= 300 else text[:299] + "…"
    row = {"step": step, "result": result, "seconds": round(seconds, 2), "summary": text}
    rows = [earlier for earlier in read_rows(records) if earlier["step"] != step] + [row]
    (records / "steps.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(f"{step} {result}, {seconds:.1f} s: {text}")
    return 1 if result == "failed" else 0


def write_table(folder):
    out = pathlib.Path(folder)
    records = out / "steps"
    lines = (records / "machine.tsv").read_text().splitlines()
    machine = dict(line.split("\t", 1) for line in lines)
    fields = [field.strip() for field in machine.pop("cards").split(",")]
    machine = {**dict(zip(("card", "compute_capability", "driver", "memory"), fields)), **machine}
    machine["dry_run"] = machine["dry_run"] == "1"
    steps = read_rows(records)
    cells = [("step", "result", "time", "summary")]
    cells += [(s["step"], s["result"], f"{s['seconds']:.1f} s", s["summary"]) for s in steps]
    widths = [max(len(row[i]) for row in cells) for i in range(4)]
    cells.insert(1, tuple("-" * width for width in widths))
    table = "\n".join(f"| {' | '.join(c.ljust(w) for c, w in zip(row, widths))} |" for row in cells)
    head = (f"{machine['card']}, compute capability {machine.get('compute_capability')}, driver "
            f"{machine.get('driver')}, nvcc {machine['nvcc']}, {machine['processors']} processors, "
            f"commit {machine['commit'] or 'unknown'}")
    text = f"{head}\n\n{table}\n"
    (out / "gpu_check.md").write_text(text)
    for step in steps:
        details = load(records / f"{step['step']}.json")
        if details is not None:
            step["details"] = details
    whole = {"machine": machine, "failed": sum(s["result"] == "failed" for s in steps),
             "seconds": round(sum(s["seconds"] for s in steps), 1), "steps": steps}
    (out / "gpu_check.json").write_text(json.dumps(whole, indent=1) + "\n")
    print(text, end="")
    return 0


if __name__ == "__main__":
    commands = {"step": record_step, "table": write_table}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
