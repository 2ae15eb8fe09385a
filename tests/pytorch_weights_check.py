#!/usr/bin/env python3
"""Compares the accuracy of a VGG11 in PyTorch with what credence-bench evaluate gives for its file.

usage: pytorch_weights_check.py BENCH CHECKPOINT DATA

BENCH is credence-bench. CHECKPOINT is a frequentist VGG11 with batch normalisation and relu for CIFAR-10, as
`credence-bench --task acc --model VGG11` leaves it. DATA is the folder that holds
cifar-10-batches-bin or the archive. The weights become a module of PyTorch with torchvision's layers and names. PyTorch's accuracy
on the 10,000 test images is that of this module, after a cast of the weights to each of three types and back
to float32. The same weights are saved as safetensors in each type, and evaluated. Exit status 1 where the
accuracies differ by more than 0.02 points. Needs torch.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent / "reference"))
from cifar10_file import read_batch  # noqa: E402
from generate_pytorch_weights import VGG  # noqa: E402
from safetensors_file import load, save  # noqa: E402

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
WIDTHS = [64, 128, 256, 256, 512, 512, 512, 512, 512]


def vgg11():
    """The layers of torchvision's vgg11_bn, with a classifier of two layers for images of 32 x 32."""
    return VGG(11, WIDTHS, True, lambda channels, width: nn.Sequential(
        nn.Linear(channels, width), nn.ReLU(), nn.Linear(width, 10)))


def with_torchvision_names(tensors, model):
    state, convolution, linear = model.state_dict(), 0, 0
    for place, layer in model.named_modules():
        if isinstance(layer, nn.Conv2d):
            convolution += 1
            own = f"conv{convolution}"
        elif isinstance(layer, nn.BatchNorm2d):
            own = f"norm{convolution}"
        elif isinstance(layer, nn.Linear):
            linear += 1
            own = f"fc{linear}"
        else:
            continue
        for name in state:
            if name.rsplit(".", 1)[0] == place and state[name].is_floating_point():
                state[name] = tensors[f"{own}.{name.rsplit('.', 1)[1]}"]
    return state


def accuracy(model, images, labels, mean, deviation):
    model.eval()
    right = 0
    with torch.no_grad():
        for begin in range(0, len(labels), 500):
            x = (images[begin : begin + 500].float() / 255 - mean) / deviation
            right += (model(x).argmax(1) == labels[begin : begin + 500]).sum().item()
    return 100 * right / len(labels)


def main():
    if len(sys.argv) != 4:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    bench, checkpoint, data = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    arrays, metadata = load(checkpoint)
    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    numbers = [
        torch.tensor([float(x) for x in metadata[key].split(",")]).reshape(1, 3, 1, 1) for key in ("mean", "std")
    ]
    images, labels = map(torch.from_numpy, read_batch(data, "test_batch.bin"))
    failed = False
    for kind, dtype in TYPES.items():
        model = vgg11()
        state = with_torchvision_names(tensors, model)
        state = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
        model.load_state_dict(state)  # which casts to float32
        theirs = accuracy(model, images, labels, *numbers)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "torchvision.safetensors"
            save(file, state, {key: metadata[key] for key in ("mean", "std")})
            command = [bench, "evaluate", "--model", "VGG11", "--dataset", "cifar10", "--checkpoint", str(file)]
            command += ["--data-dir", str(data), "--json", "-"]
            result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        ours = 100 * result["weights"]["accuracy"]
        failed |= abs(ours - theirs) > 0.02
        print(f"{kind}: PyTorch {theirs:.2f} %, credence-bench evaluate {ours:.2f} %")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
