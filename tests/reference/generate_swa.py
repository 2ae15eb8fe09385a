#!/usr/bin/python3
"""Prints the numbers of tests/framework/schedule_test.cpp and tests/bayes/swag_test.cpp.

The learning rates are those of torch.optim.swa_utils.SWALR (PyTorch 1.13) from 1 to 0.25 in seven
steps. The moments are those of algorithm 1 of SWAG (arXiv 1902.02476) in double precision: weight i
of 3 in snapshot t of 5 is cos(3 t + i), and the last 3 deviations are kept.
"""
import numpy as np
import torch
from torch.optim.swa_utils import SWALR


def show(name, numbers):
    print(f"const std::vector<double> {name}{{{', '.join(f'{x:.10g}' for x in numbers)}}};")


for name, strategy, epochs in (("kCosine", "cos", 4), ("kLinear", "linear", 4)):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    schedule = SWALR(optimizer, swa_lr=0.25, anneal_epochs=epochs, anneal_strategy=strategy)
    rates = []
    for _ in range(7):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    show(name, rates)

mean = np.zeros(3)
square_mean = np.zeros(3)
columns = []
for t in range(5):
    w = np.cos(3 * t + np.arange(3))
    mean = (t * mean + w) / (t + 1)
    square_mean = (t * square_mean + w**2) / (t + 1)
    columns = (columns + [w - mean])[-3:]
show("kMean", mean)
show("kVariance", square_mean - mean**2)
for i, column in enumerate(columns):
    show(f"kDeviation{i}", column)
