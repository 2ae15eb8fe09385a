#!/usr/bin/env python3
"""Trains LeNet5, VGG11 and ResNet-20 in PyTorch and here from the same weights on the same batches.

usage: loss_curves.py PROGRAM [STEPS [DATA [BATCH]]]

PROGRAM is tests/peers/credence-loss-curve of a build. STEPS is 50 unless it is given, BATCH is 32. DATA is a folder
with mnist and cifar-10 as the benchmarks use them; without it images are normal numbers and labels random. PyTorch's
losses in float64 are the truth. Prints the largest error of a loss over the steps, relative where a loss is above 1:
ours in float64, ours in float32, and that of PyTorch in float32, and for how many steps those in float32 stay within
1e-5 (SGD) or 1e-4 (Adam). Batch normalisation and relu amplify rounding from step to step, so that two programs in
float32 part in the end; in float64 they stay together. Exit status 1 where our error in float64 is above 1e-5 with SGD
or 1e-4 with Adam, and where that in float32 is above it and above four times PyTorch's.
CREDENCE_WINOGRAD=off takes Winograd's algorithm, whose rounding is larger, out of ours. Needs torch.
"""
import copy
import gzip
import pathlib
import subprocess
import sys
import tempfile

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "reference"))
from cifar10_file import read_batch  # noqa: E402
from safetensors_file import save  # noqa: E402

LIMITS = {"sgd": 1e-5, "adam": 1e-4}
RATES = {"sgd": 0.01, "adam": 0.001}


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class Vgg11(nn.Module):
    BLOCKS = [[64], [128], [256, 256], [512, 512], [512, 512]]

    def __init__(self):
        super().__init__()
        before, count = 3, 0
        for block in self.BLOCKS:
            for channels in block:
                count += 1
                setattr(self, f"conv{count}", nn.Conv2d(before, channels, 3, padding=1))
                setattr(self, f"norm{count}", nn.BatchNorm2d(channels))
                before = channels
        self.fc1, self.fc2 = nn.Linear(512, 512), nn.Linear(512, 10)

    def forward(self, x):
        count = 0
        for block in self.BLOCKS:
            for _ in block:
                count += 1
                x = F.relu(getattr(self, f"norm{count}")(getattr(self, f"conv{count}")(x)))
            x = F.max_pool2d(x, 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class NormalizedConv(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, before, channels):
        super().__init__()
        self.stride, self.more = (1, 0) if before == channels else (2, channels - before)
        self.first, self.second = NormalizedConv(before, channels, self.stride), NormalizedConv(channels, channels, 1)

    def forward(self, x):
        shortcut = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return F.relu(self.second(F.relu(self.first(x))) + shortcut)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, before = NormalizedConv(3, 16, 1), 16
        for number, channels in enumerate([16] * 3 + [32] * 3 + [64] * 3, 1):
            setattr(self, f"block{number}", Block(before, channels))
            before = channels
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for number in range(1, 10):
            x = getattr(self, f"block{number}")(x)
        return self.fc(x.mean((2, 3)))


def digits(data, count):
    def read(name, skip):
        return torch.frombuffer(bytearray(gzip.open(data / "mnist" / name).read()[skip:]), dtype=torch.uint8)

    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:count]
    return (images.float() / 255 - 0.1307) / 0.3081, read("train-labels-idx1-ubyte.gz", 8)[:count].long()


def pictures(data, count):
    images, labels = map(torch.from_numpy, read_batch(data / "cifar-10", "data_batch_1.bin"))
    return (images[:count].float() / 255 - 0.5) / 0.25, labels[:count]


def batches(model, steps, size, data):
    count = steps * size
    shape = (1, 28, 28) if isinstance(model, LeNet5) else (3, 32, 32)
    if data:
        images, labels = (digits if shape[0] == 1 else pictures)(data, count)
    else:
        images, labels = torch.randn(count, *shape), torch.randint(10, (count,))
    return images.reshape(steps, size, *shape), labels.reshape(steps, size)


def their_losses(model, name, images, labels):
    rate = RATES[name]
    optimizer = (
        torch.optim.SGD(model.parameters(), rate, momentum=0.9)
        if name == "sgd"
        else torch.optim.Adam(model.parameters(), rate)
    )
    losses = []
    for x, y in zip(images, labels):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def errors(losses, truth):
    assert len(losses) == len(truth)
    return [abs(a - b) / max(1, abs(b)) for a, b in zip(losses, truth)]


def steps_within(errors, limit):
    """How many steps there are before the first larger error."""
    return next((step for step, error in enumerate(errors) if error > limit), len(errors))


def our_losses(program, kind, name, model, images, labels, precision):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        state = {n: t for n, t in model.state_dict().items() if t.is_floating_point()}
        save(folder / "weights.safetensors", state)
        save(folder / "batches.safetensors", {"images": images, "labels": labels})
        command = [program, kind.__name__.replace("Vgg", "VGG"), name, str(RATES[name]), str(folder), precision]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in text.split()]


def compare(program, kind, name, steps, size, data):
    torch.manual_seed(1)
    model = kind()
    model.train()
    images, labels = batches(model, steps, size, data)
    ours, ours_double = (
        our_losses(program, kind, name, model, images, labels, precision) for precision in ("float32", "float64")
    )
    truth = their_losses(copy.deepcopy(model).double(), name, images.double(), labels)
    our_errors, their_errors = (
        errors(losses, truth) for losses in (ours, their_losses(model, name, images, labels))
    )
    error, their_error, limit = max(our_errors), max(their_errors), LIMITS[name]
    double_error = max(errors(ours_double, truth))
    print(
        f"{kind.__name__:9} {name:5} loss {truth[0]:.4f} to {truth[-1]:.4f}, error in float64 {double_error:.1e}, "
        f"in float32 {error:.1e}, "
        f"PyTorch's {their_error:.1e}, within {limit:g} for {steps_within(our_errors, limit)} steps, "
        f"PyTorch's {steps_within(their_errors, limit)}",
        flush=True,
    )
    return double_error <= limit and error <= max(limit, 4 * their_error)


def main():
    if not 2 <= len(sys.argv) <= 5:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    data = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    size = int(sys.argv[4]) if len(sys.argv) > 4 else 32
    torch.set_num_threads(1)
    kinds = (LeNet5, Vgg11, ResNet20)
    results = [compare(sys.argv[1], kind, name, steps, size, data) for kind in kinds for name in RATES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
