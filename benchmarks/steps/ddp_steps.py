#!/usr/bin/env python3
"""Times training steps of PyTorch's DistributedDataParallel with gloo, as credence-rank-scaling does.

  mpirun -n 2 benchmarks/steps/ddp_steps.py --model LeNet5 --bayesian --batch-size 128

The models are those of pytorch_work.py. Rank and size come from mpirun's environment. Prints JSON.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import time

import torch
import torch.distributed as dist

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="LeNet5")
    parser.add_argument("--bayesian", action="store_true")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    rank = int(os.environ.get("OMPI_COMM_WORLD_RANK", 0))
    size = int(os.environ.get("OMPI_COMM_WORLD_SIZE", 1))
    torch.set_num_threads(given.threads)
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    dist.init_process_group("gloo", rank=rank, world_size=size)
    spec = importlib.util.spec_from_file_location("pytorch_work", HERE / "pytorch_work.py")
    work = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(work)
    torch.manual_seed(1)
    model = work.pytorch_model(given.model, given.bayesian)
    shape = (1, 28, 28) if given.model == "LeNet5" else (3, 32, 32)
    images = torch.rand(given.batch_size, *shape)
    labels = torch.randint(10, (given.batch_size,))
    parallel = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    times = []
    for _ in range(given.steps):
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(parallel(images), labels)
        (60000 * loss + model.kl_divergence() if given.bayesian else loss).backward()
        optimizer.step()
        times.append(1e3 * (time.perf_counter() - begin))
    times = times[given.steps // 5:]
    if rank == 0:
        print(json.dumps({"model": given.model, "ranks": size, "batch_size": given.batch_size,
                          "median_ms": statistics.median(times), "steps_ms": times}))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
