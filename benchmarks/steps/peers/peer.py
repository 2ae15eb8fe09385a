"""What the programs in Python that compare_peers runs have in common, as peer.hpp for C++."""
import array
import json
import pathlib
import resource
import statistics
import sys
import time

LEARNING_RATE = 0.1
SIZES = (150, 6, 2400, 16, 30720, 120, 10080, 84, 840, 10)
BATCH = 256


def read(file):
    """The parameters, images and labels of a file of compare_peers, as lists of floats."""
    values = array.array("f", pathlib.Path(file).read_bytes())
    parts, begin = [], 0
    for size in (*SIZES, BATCH * 28 * 28, BATCH):
        parts.append(values[begin:begin + size])
        begin += size
    return parts[:-2], parts[-2], parts[-1]


def run(make):
    """Does what the arguments FILE STEPS SECONDS say; `make` gives a function that makes a step."""
    file, steps, seconds = sys.argv[-3:]
    step = make(*read(file))
    losses = [step() for _ in range(int(steps))]
    times = []
    for budget in (float(seconds) / 3, float(seconds)):
        times.clear()
        begin = time.perf_counter()
        while time.perf_counter() - begin < budget:
            start = time.perf_counter()
            step()
            times.append(1e3 * (time.perf_counter() - start))
    lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
    result = {"losses": losses, "files": sorted({line[line.index("/"):] for line in lines if "/" in line}),
              "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    if times:
        result["median_ms"] = statistics.median(times)
    print(json.dumps(result))
