#!/usr/bin/env python3
"""Predicts how fast N ranks train, from the measured steps of one rank and a model of the network.

A step of N ranks is simulated from the measured times of a rank's own work: each rank draws one of
them, all wait for the slowest, and then the sums follow. A sum of b bytes takes by the alpha-beta
model (Hockney 1994; Thakur, Rabenseifner and Gropp 2005, for recursive halving and doubling)

  2 log2(N) alpha + 2 (N - 1) / N b / beta

with the latency alpha of a message in seconds and the bandwidth beta in bytes per second. The weak
efficiency is the time of a step of one rank over that of N ranks with the same rows each.

  credence-rank-scaling --model VGG11 --family bayesian --batch-size 32 --threads 1 > one.json
  benchmarks/steps/simulate_ranks.py predict one.json            a table for 8 to 1024 ranks
  benchmarks/steps/simulate_ranks.py fit messages.json           alpha and beta from measured sums
  benchmarks/steps/simulate_ranks.py check one.json several.json messages.json [--cores C]
                                     the prediction for several ranks beside their measured steps;
                                     ranks of one thread that share C cores take turns on them, with
                                     their sums, which are copies in memory
"""
import argparse
import json
import math
import random
import statistics
import sys

# name, latency of a message in seconds, bandwidth in bytes per second: links of one rank, as their
# makers state the bandwidth; latencies are typical ones for MPI and NCCL, and not measured here
NETWORKS = (
    ("10 Gbit/s Ethernet", 20e-6, 10e9 / 8),
    ("100 Gbit/s InfiniBand", 2e-6, 100e9 / 8),
    ("400 Gbit/s InfiniBand", 2e-6, 400e9 / 8),
    ("NVLink, 450 GB/s each way", 5e-6, 450e9),
)
RANKS = (1, 8, 32, 128, 512, 1024)
STEPS = 200


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sum_seconds(size, ranks, alpha, beta):
    """Of one sum of so many bytes."""
    if ranks == 1:
        return 0.0
    return 2 * math.log2(ranks) * alpha + 2 * (ranks - 1) / ranks * size / beta


def own_work(run):
    """Milliseconds of each step without its sums: of one rank the processor's time for a thread,
    which other programs on the machine leave as it is."""
    if run.get("ranks", 1) == 1 and "cpu_ms" in run:
        return [step / run["threads"] for step in run["cpu_ms"]]
    return [step - in_sums for step, in_sums in zip(run["steps_ms"], run["in_sums_ms"])]


def simulate(run, ranks, alpha, beta, generator, cores=math.inf):
    """Median milliseconds of a step of so many ranks."""
    work = own_work(run)
    # The large sum is that of the gradients; the others are flags and sums of figures.
    small = max(run.get("messages_a_step", 0), 3) - 1
    size = run["gradient_bytes"]
    sums = 1e3 * (sum_seconds(size, ranks, alpha, beta) + small * sum_seconds(64, ranks, alpha, beta))
    turns = max(1, math.ceil(ranks / cores))
    steps = [turns * (max(generator.choice(work) for _ in range(ranks)) + sums) for _ in range(STEPS)]
    return statistics.median(steps)


def fitted(messages):
    """alpha and beta by least squares of the relative errors."""
    ranks = messages["ranks"]
    rows = [(entry["bytes"], entry["median_ms"] / 1e3) for entry in messages["sums"]]
    a, b = 2 * math.log2(ranks), 2 * (ranks - 1) / ranks
    s = [[0.0, 0.0], [0.0, 0.0]]
    right = [0.0, 0.0]
    for size, seconds in rows:
        x = (a / seconds, b * size / seconds)
        for i in range(2):
            right[i] += x[i]
            for j in range(2):
                s[i][j] += x[i] * x[j]
    determinant = s[0][0] * s[1][1] - s[0][1] * s[1][0]
    alpha = (right[0] * s[1][1] - right[1] * s[0][1]) / determinant
    inverse = (right[1] * s[0][0] - right[0] * s[1][0]) / determinant
    return alpha, 1 / inverse


def predict(run, out):
    one = statistics.median(own_work(run))
    print(f"{run['model']} {run['family']}, {run['batch_size']} rows a rank, "
          f"{run['gradient_bytes'] / 1e6:.2f} MB of gradients, {one:.1f} ms of own work", file=out)
    print("| network | " + " | ".join(f"{ranks} ranks" for ranks in RANKS[1:]) + " |", file=out)
    print("| --- |" + " --- |" * (len(RANKS) - 1), file=out)
    for name, alpha, beta in NETWORKS:
        cells = []
        for ranks in RANKS[1:]:
            step = simulate(run, ranks, alpha, beta, random.Random(1))
            cells.append(f"{100 * one / step:.0f} %")
        print(f"| {name} | " + " | ".join(cells) + " |", file=out)


def check(one, several, messages, cores, out):
    alpha, beta = fitted(messages)
    predicted = simulate(one, several["ranks"], alpha, beta, random.Random(1), cores)
    measured = several["median_ms"]
    print(f"alpha {1e6 * alpha:.1f} us, beta {beta / 1e9:.2f} GB/s; {several['ranks']} ranks: "
          f"predicted {predicted:.2f} ms, measured {measured:.2f} ms "
          f"({100 * (predicted / measured - 1):+.1f} %)", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("predict", help="a table of efficiencies").add_argument("one")
    commands.add_parser("fit", help="alpha and beta of measured sums").add_argument("messages")
    checking = commands.add_parser("check", help="a prediction beside measured steps")
    for name in ("one", "several", "messages"):
        checking.add_argument(name)
    checking.add_argument("--cores", type=int, default=math.inf, help="that the ranks share")
    given = parser.parse_args()
    if given.command == "check" and given.cores < 1:
        parser.error("--cores needs at least 1")
    try:
        if given.command == "predict":
            predict(read(given.one), sys.stdout)
        elif given.command == "fit":
            alpha, beta = fitted(read(given.messages))
            print(f"alpha {1e6 * alpha:.1f} us, beta {beta / 1e9:.2f} GB/s")
        else:
            check(read(given.one), read(given.several), read(given.messages), given.cores, sys.stdout)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"simulate_ranks.py: {error}")


if __name__ == "__main__":
    main()
