#!/usr/bin/python3
"""Prints the numbers of tests/framework/parameter_groups_test.cpp: three steps of PyTorch's
optimisers with param_groups. The numbers there are those of PyTorch 1.13 on the CPU.

A weight of 6 elements, a bias, a normalisation's scale and a spread of 2 elements each. Element i
of all 12 begins at cos(i); its gradient in step s is sin(1 + 7 s + i).
"""
import math

import torch

SIZES = (6, 2, 2, 2)
# Factors on learning rate and weight decay.
FACTORS = ((1, 1), (2, 0), (1, 0), (0.5, 0.5))
RATE = 0.05
DECAY = 0.1


def run(make, **options):
    starts = [sum(SIZES[:i]) for i in range(len(SIZES))]
    parameters = [
        torch.tensor([math.cos(start + i) for i in range(size)], requires_grad=True)
        for start, size in zip(starts, SIZES)
    ]
    groups = [
        {"params": [parameter], "lr": RATE * rate, "weight_decay": DECAY * decay}
        for parameter, (rate, decay) in zip(parameters, FACTORS)
    ]
    optimizer = make(groups, lr=RATE, **options)
    for step in range(3):
        for start, parameter in zip(starts, parameters):
            parameter.grad = torch.tensor(
                [math.sin(1 + 7 * step + start + i) for i in range(len(parameter))]
            )
        optimizer.step()
    return [value for parameter in parameters for value in parameter.tolist()]


for name, make, options in (
    ("kSgd", torch.optim.SGD, {}),
    ("kMomentum", torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    ("kAdam", torch.optim.Adam, {}),
    ("kAdamW", torch.optim.AdamW, {}),
):
    numbers = ", ".join(f"{value:.9g}" for value in run(make, **options))
    print(f"const std::vector<double> {name}{{{numbers}}};")
