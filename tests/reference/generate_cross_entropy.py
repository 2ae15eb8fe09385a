#!/usr/bin/python3
"""Prints the numbers of tests/framework/class_targets_test.cpp.

They are losses and gradients of torch.nn.functional.cross_entropy (PyTorch 1.13) in double
precision.
"""
import torch
from torch.nn.functional import cross_entropy

logits = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [-0.5, 0.0, 0.125], [2.0, 2.5, -3.0]],
                      dtype=torch.float64)
labels = torch.tensor([2, 1, 0, 1])
weights = torch.tensor([0.5, 2.0, 1.25], dtype=torch.float64)

for name, settings in (("kWeighted", {"weight": weights}), ("kSmoothed", {"label_smoothing": 0.2}),
                       ("kBoth", {"weight": weights, "label_smoothing": 0.2})):
    x = logits.clone().requires_grad_()
    loss = cross_entropy(x, labels, **settings)
    loss.backward()
    numbers = [loss.item()] + x.grad.flatten().tolist()
    print(f"const std::vector<double> {name}{{{', '.join(f'{v:.17g}' for v in numbers)}}};")
# The term of each sample, as CategoricalLikelihood has it.
terms = cross_entropy(logits, labels, weight=weights, label_smoothing=0.2, reduction="none")
print(f"const std::vector<double> kTerms{{{', '.join(f'{v:.17g}' for v in terms.tolist())}}};")
