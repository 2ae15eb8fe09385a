#!/usr/bin/env python3
"""Compares the accuracy of a VGG11 in PyTorch with what credence-bench evaluate gives for its file.

usage: pytorch_weights_check.py BENCH CHECKPOINT DATA

BENCH is credence-bench. CHECKPOINT is a frequentist VGG11 with batch normalisation and relu for CIFAR-10, as
`credence-bench --task acc --model VGG11` leaves it. DATA is the folder that holds cifar-10-batches-bin or
the archive. The weights become a module of PyTorch with torchvision's layers and names. PyTorch's accuracy
on the 10,000 test images is that of this module, after a cast of the weights to each of three types and back
to float32. The same weights are saved as safetensors in each type, and evaluated. Exit status 1 where the
accuracies differ by more than 0.02 points. Needs torch.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

import torch

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
CHANNELS = [64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"]


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return tensors, metadata


def write_safetensors(path, state, kind, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, tensor in state.items():
        if tensor.is_floating_point():
            values = tensor.to(TYPES[kind])
            raw = values.view(torch.int16 if values.element_size() == 2 else torch.int32).numpy().tobytes()
            stored = kind
        else:
            raw, stored = tensor.numpy().tobytes(), "I64"
        header[name] = {
            "dtype": stored,
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


class Vgg11(torch.nn.Module):
    """The layers of torchvision's vgg11_bn, with a classifier of two layers for images of 32 x 32."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for channels in CHANNELS:
            if channels == "pool":
                layers.append(torch.nn.MaxPool2d(2))
                continue
            layers += [
                torch.nn.Conv2d(before, channels, 3, padding=1),
                torch.nn.BatchNorm2d(channels),
                torch.nn.ReLU(),
            ]
            before = channels
        self.features = torch.nn.Sequential(*layers)
        self.classifier = torch.nn.Sequential(
            torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)
        )

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def with_torchvision_names(tensors, model):
    state, convolution, linear = model.state_dict(), 0, 0
    for place, layer in model.named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            convolution += 1
            own = f"conv{convolution}"
        elif isinstance(layer, torch.nn.BatchNorm2d):
            own = f"norm{convolution}"
        elif isinstance(layer, torch.nn.Linear):
            linear += 1
            own = f"fc{linear}"
        else:
            continue
        for name in state:
            if name.rsplit(".", 1)[0] == place and state[name].is_floating_point():
                state[name] = tensors[f"{own}.{name.rsplit('.', 1)[1]}"]
    return state


def test_images(folder):
    file = folder / "cifar-10-batches-bin" / "test_batch.bin"
    if file.exists():
        data = file.read_bytes()
    else:
        archive = next(folder.glob("cifar-10-binary.tar*"))
        with tarfile.open(archive) as tar:
            data = tar.extractfile("cifar-10-batches-bin/test_batch.bin").read()
    records = torch.frombuffer(bytearray(data), dtype=torch.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].long()


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
    tensors, metadata = read_safetensors(checkpoint)
    numbers = [
        torch.tensor([float(x) for x in metadata[key].split(",")]).reshape(1, 3, 1, 1) for key in ("mean", "std")
    ]
    images, labels = test_images(data)
    failed = False
    for kind, dtype in TYPES.items():
        model = Vgg11()
        state = with_torchvision_names(tensors, model)
        model.load_state_dict({n: t.to(dtype).float() if t.is_floating_point() else t for n, t in state.items()})
        theirs = accuracy(model, images, labels, *numbers)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "torchvision.safetensors"
            write_safetensors(file, state, kind, {key: metadata[key] for key in ("mean", "std")})
            command = [bench, "evaluate", "--model", "VGG11", "--dataset", "cifar10", "--checkpoint", str(file)]
            command += ["--data-dir", str(data), "--json", "-"]
            result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        ours = 100 * result["weights"]["accuracy"]
        failed |= abs(ours - theirs) > 0.02
        print(f"{kind}: PyTorch {theirs:.2f} %, credence-bench evaluate {ours:.2f} %")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
