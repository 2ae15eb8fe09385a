#!/usr/bin/python3
"""Prints the numbers of tests/bayes/ivon_test.cpp: three steps of the optimiser of IVON's authors,
ivon-opt 0.1.3 (github.com/team-approx-bayes/ivon), in double precision. Needs that package.

Two groups, weights of 4 elements and biases of 2, with weight decays 0.1 and 0.02. Element i of all
6 begins at cos(i). In step s (from 0) its gradient is sin(1 + 7 s + i) and its noise, the drawn
weight minus the mean, 0.05 cos(2 + 5 s + i).
"""
import math

import ivon
import torch

torch.set_default_dtype(torch.float64)
SIZES = (4, 2)
DECAYS = (0.1, 0.02)
SAMPLES = 40.0


def offsets(step, start, size):
    return torch.tensor([0.05 * math.cos(2 + 5 * step + start + i) for i in range(size)])


def run(**options):
    parameters = [
        torch.tensor([math.cos(4 * group + i) for i in range(size)], requires_grad=True)
        for group, size in enumerate(SIZES)
    ]
    groups = [{"params": [p], "weight_decay": d} for p, d in zip(parameters, DECAYS)]
    optimizer = ivon.IVON(groups, lr=0.05, ess=SAMPLES, hess_init=0.5, beta2=0.9, **options)
    for step in range(3):
        # The package scales standard normal numbers of torch.randn, one call for each group.
        planned = [
            offsets(step, 4 * g, size)
            * (SAMPLES * (optimizer.param_groups[g]["hess"] + DECAYS[g])).sqrt()
            for g, size in enumerate(SIZES)
        ]
        drawn = torch.randn
        torch.randn = lambda *args, **kwargs: planned.pop(0)
        with optimizer.sampled_params(train=True):
            torch.randn = drawn
            for group, p in enumerate(parameters):
                p.grad = torch.tensor(
                    [math.sin(1 + 7 * step + 4 * group + i) for i in range(len(p))]
                )
        optimizer.step()
    means = [value for p in parameters for value in p.tolist()]
    hessians = [value for g in optimizer.param_groups for value in g["hess"].tolist()]
    return means, hessians


for name, options in (("", {}), ("Clipped", {"clip_radius": 0.7})):
    for what, numbers in zip(("Mean", "Hessian"), run(**options)):
        text = ", ".join(f"{value:.10g}" for value in numbers)
        print(f"const std::vector<double> k{name}{what}{{{text}}};")
