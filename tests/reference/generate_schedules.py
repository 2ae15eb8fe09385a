#!/usr/bin/python3
"""Prints the numbers of tests/framework/schedule_test.cpp and plateau_test.cpp.

They are the learning rates of torch.optim.lr_scheduler (PyTorch 1.13) at each step, from a base
rate of 1, so that they are factors.
"""
import torch
from torch.optim import lr_scheduler


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)


def rates(make, steps):
    chosen = optimizer()
    schedule = make(chosen)
    found = []
    for _ in range(steps):
        found.append(chosen.param_groups[0]["lr"])
        chosen.step()
        if len(found) < steps:
            schedule.step()
    return found


def show(name, numbers):
    print(f"const std::vector<double> {name}{{{', '.join(f'{x:.17g}' for x in numbers)}}};")


def one_cycle(steps, **settings):
    def make(chosen):
        return lr_scheduler.OneCycleLR(chosen, max_lr=1.0, total_steps=steps, **settings)

    return rates(make, steps)


show("kStep", rates(lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.5), 10))
show("kExponential", rates(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9), 6))
show("kOneCycle", one_cycle(12))
show("kOneCycleLine", one_cycle(11, pct_start=0.4, anneal_strategy="linear", div_factor=10,
                                final_div_factor=100))
show("kThreePhases", one_cycle(12, pct_start=0.3, three_phase=True, final_div_factor=50))

LOSSES = [1.0, 0.9, 0.95, 0.89999, 0.92, 0.91, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.4]


def plateau(values, **settings):
    chosen = optimizer()
    schedule = lr_scheduler.ReduceLROnPlateau(chosen, **settings)
    found = []
    for value in values:
        schedule.step(value)
        found.append(chosen.param_groups[0]["lr"])
    return found


show("kPlateau", plateau(LOSSES, patience=2, factor=0.5))
show("kCooldown", plateau(LOSSES, patience=1, factor=0.5, cooldown=2, min_lr=0.2))
show("kAbsolute", plateau(LOSSES, patience=1, threshold=0.2, threshold_mode="abs"))
show("kLarger", plateau([1 - x for x in LOSSES], mode="max", patience=2, factor=0.5, threshold=0.05))
show("kSmallChange", plateau([1.0] * 8, patience=0, factor=0.01, eps=1e-3))
