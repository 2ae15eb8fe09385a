#!/usr/bin/env python3
"""Runs the convolutions of oneDNN's benchdnn here: forward, and the gradients of data, weight and bias.

usage: benchdnn_shapes.py PROGRAM INPUTS [MULTIPLY_ADDS [BATCH]] [--verbose]

PROGRAM is tests/peers/credence-peer-calls of a build. INPUTS is tests/benchdnn/inputs/conv of a checkout of oneDNN
(https://github.com/uxlfoundation/oneDNN). All descriptors of its files shapes_* run, each once, whatever files and
names repeat it. BATCH (2) bounds the images of a batch. A convolution with more than MULTIPLY_ADDS (1e8) in its
forward pass counts as too large. The truth is PyTorch's in float64. An element may be wrong by 2e-5 of the largest
one and by 2e-5 (of a gradient of the bias, by 2e-5 of the root of the number of its terms), which is benchdnn's own
bound for Winograd's algorithm; with CREDENCE_WINOGRAD=off by 1e-6. Numbers are normal, weights those divided by the
root of the fan-in. Rows behind the last window are cut off where there would else be more windows. Prints a line for
each finding, the largest errors, and the counts. Needs torch.
"""
import math
import os
import pathlib
import re
import sys

import torch
from torch.nn import functional as F

from peer_calls import Requests, Suite, difference, program_of

TOLERANCE = 1e-6 if os.environ.get("CREDENCE_WINOGRAD") == "off" else 2e-5
FIELDS = ["mb", "ic", "oc", "g"] + [a + b for a in "iokspd" for b in "dhw"]
FIELD = re.compile(f"_?({'|'.join(FIELDS)})([0-9]+)")


class Convolution:
    """A descriptor by the rules of benchdnn's str2desc: extents that are missing at the end are square or cubic, a
    missing output follows from the padding, a missing padding from the output, dilations count from 0."""

    def __init__(self, text, most_images):
        fields, rest = {}, text.split("n", 1)[0]
        for name, value in FIELD.findall(rest):
            fields[name] = int(value)
        if FIELD.sub("", rest).strip("_"):
            raise ValueError(f"no descriptor: {text}")
        self.images = min(fields.get("mb", 2), most_images)
        self.groups, self.inputs, self.outputs = fields.get("g", 1), fields["ic"], fields["oc"]
        named = [d for d in "dhw" if f"i{d}" in fields]
        self.spatial = [self.dimension(fields, d) for d in named]
        if named == ["h"]:
            self.spatial *= 2
        elif named == ["d"]:
            self.spatial *= 3
        elif named == ["d", "h"]:
            self.spatial.append(self.spatial[1])

    @staticmethod
    def dimension(fields, d):
        """Input, output, kernel, stride, padding in front and behind, dilation from 1."""
        i, k, s, dilation = fields[f"i{d}"], fields[f"k{d}"], fields.get(f"s{d}", 1), fields.get(f"d{d}", 0) + 1
        o, p, reach = fields.get(f"o{d}"), fields.get(f"p{d}"), (k - 1) * dilation + 1
        if p is None:
            p = 0 if o is None else int(((o - 1) * s - i + reach) / 2)  # rounded to 0, as in C
        if o is None:
            o = (i - reach + 2 * p) // s + 1
        behind = (o - 1) * s + reach - i - p
        if behind < 0 and (i + 2 * p - reach) // s + 1 > o:
            i, behind = i + behind, 0  # rows that no window reaches, where there would be more windows
        return i, o, k, s, p, behind, dilation

    def key(self):
        return (self.images, self.groups, self.inputs, self.outputs, *self.spatial)

    def multiply_adds(self):
        output = math.prod(one[1] for one in self.spatial)
        kernel = math.prod(one[2] for one in self.spatial)
        return self.images * self.outputs * output * self.inputs // self.groups * kernel

    def largest_tensor(self):
        """The elements of the larger one of image and output."""
        image, output = (math.prod(one[i] for one in self.spatial) for i in (0, 1))
        return self.images * max(self.inputs * image, self.outputs * output)

    def options(self):
        columns = list(zip(*self.spatial))
        return {"stride": columns[3], "dilation": columns[6], "groups": self.groups}

    def arguments(self):
        """The padding behind is named where the one in front does not give the number of outputs."""
        front = [one[4] for one in self.spatial]
        fits = [(i + 2 * p - (k - 1) * d - 1) // s + 1 == o for i, o, k, s, p, _, d in self.spatial]
        behind = [one[4] if fit else one[5] for one, fit in zip(self.spatial, fits)]
        return {**self.options(), "padding": front, **({} if all(fits) else {"padding_behind": behind})}

    def operands(self):
        torch.manual_seed(1)
        images = torch.randn(self.images, self.inputs, *(one[0] for one in self.spatial))
        weight = torch.randn(self.outputs, self.inputs // self.groups, *(one[2] for one in self.spatial))
        return images, weight / math.sqrt(weight[0].numel()), torch.randn(self.outputs)

    def expected(self, operands):
        x, weight, bias = (one.double().requires_grad_() for one in operands)
        padding = [count for one in reversed(self.spatial) for count in one[4:6]]
        function = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(self.spatial)]
        y = function(F.pad(x, padding), weight, bias, **self.options())
        seed = torch.randn(y.shape)
        gradients = torch.autograd.grad(y, (x, weight, bias), seed.double())
        return [y.detach(), *gradients], seed


def descriptors(folder):
    for path in sorted(folder.glob("shapes_*")):
        for line in path.read_text().splitlines():
            for word in line.split("#")[0].split():
                if not word.startswith("-"):
                    yield path.name, word


def compare(expected, largest, answer):
    """What is wrong. `largest` keeps the largest error so far of each of the four, as the bound divides it."""
    for what, ours, truth in zip(largest, answer.outputs + answer.gradients, expected):
        scale = max(truth.abs().max().item() if truth.numel() else 0, 1)
        if what == "bias":  # a sum of normal numbers, which may cancel
            scale = max(scale, math.sqrt(expected[0].numel() / max(truth.numel(), 1)))
        error = abs(ours - truth.numpy()).max(initial=0) / scale
        largest[what] = max(largest[what], error)
        problem = difference(ours / scale, truth.numpy() / scale, tolerance=TOLERANCE)
        if problem:
            return f"{what}, divided by {scale:.3g}: {problem}"
    return ""


def ask(suite, requests, largest, name, text, convolution):
    operands = convolution.operands()
    expected, seed = convolution.expected(operands)
    tensors = dict(zip(("input", "weight", "bias"), (one.requires_grad_() for one in operands)))
    requests.add(
        "operation",
        "convolution",
        {**tensors, **convolution.arguments()},
        lambda answer: suite.judge(name, text, answer, lambda given: compare(expected, largest, given)),
        [seed],
    )


def main():
    arguments, verbose = program_of(__doc__, [2, 3, 4])
    most, images = float(arguments[2]) if len(arguments) > 2 else 1e8, int(arguments[3]) if len(arguments) > 3 else 2
    requests, largest = Requests(arguments[0]), dict.fromkeys(("output", "data", "weight", "bias"), 0.0)
    suite, seen = Suite(f"benchdnn, {most:g} multiply-adds, {images} images", verbose), set()
    for file, text in descriptors(pathlib.Path(arguments[1])):
        convolution = Convolution(text, images)
        if convolution.key() in seen:
            continue
        seen.add(convolution.key())
        if convolution.multiply_adds() > most or convolution.largest_tensor() > most / 4:
            suite.missing(f"{file}: too large")
        else:
            ask(suite, requests, largest, file, text, convolution)
    requests.run()
    print("largest errors: " + ", ".join(f"{what} {error:.1e}" for what, error in largest.items()))
    return suite.report()


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
