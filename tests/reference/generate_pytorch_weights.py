#!/usr/bin/env python3
"""Writes files of weights as PyTorch's scripts save them, and pytorch_weights.json: the logits that
PyTorch computes with these weights, in double precision.

usage: generate_pytorch_weights.py [FOLDER]      needs PyTorch and NumPy; PyTorch 1.13 wrote the committed files

The modules have the layers and names of torchvision's VGG (torchvision/models/vgg.py, version 0.14)
in its form for images of 32 x 32, with few channels: no pooling to 7 x 7, and two fully connected
layers. torchvision and the Python package of safetensors are not needed.
"""

import json
import pathlib
import sys

import torch
from torch import nn

from generate import as_json
from safetensors_file import save

WIDTHS = [4, 6, 8, 8, 10, 10, 12, 12, 16]
DEPTHS = {11: (1, 1, 2, 2, 2)}


class VGG(nn.Module):
    def __init__(self, depth, widths, batch_norm, classifier, channels=3):
        super().__init__()
        layers = []
        widths = list(widths)
        for count in DEPTHS[depth]:
            for _ in range(count):
                out = widths.pop(0)
                layers.append(nn.Conv2d(channels, out, kernel_size=3, padding=1))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(out))
                layers.append(nn.ReLU(inplace=True))
                channels = out
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)
        self.classifier = classifier(channels, widths.pop())

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def spread(model):
    """Weights, biases and statistics that are all different from where layers begin."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            nn.init.normal_(module.bias, 0, 0.2)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked.fill_(7)
    return model.eval()


def images(*shape):
    """Pixels that the test computes too: (7919 i mod 1009) / 1009 - 1/2 of pixel i."""
    count = torch.tensor(shape).prod().item()
    return ((torch.arange(count) * 7919 % 1009).double() / 1009 - 0.5).float().reshape(shape)


def write(folder, name, model, dtype, x, prefix="", metadata=None):
    """Stores the model in a precision. Returns the logits of what is stored."""
    stored = {key: value.to(dtype) if value.is_floating_point() else value
              for key, value in model.state_dict().items()}
    save(folder / (name + ".safetensors"), {prefix + k: v for k, v in stored.items()}, metadata)
    model.load_state_dict(stored)
    with torch.no_grad():
        # Elements of a float64 file are rounded to the float32 of the models first.
        return {"logits": model.float().double()(x.double())}


def main():
    here = pathlib.Path(__file__).parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    torch.manual_seed(5)
    of_vgg = {"widths": ",".join(map(str, WIDTHS))}
    cases = {}
    plain = spread(VGG(11, WIDTHS, False, lambda channels, width: nn.Sequential(
        nn.Linear(channels, width), nn.ReLU(True), nn.Dropout(), nn.Linear(width, 10))))
    for name, dtype in (("pytorch_vgg11_f32", torch.float32), ("pytorch_vgg11_f16", torch.float16)):
        cases[name] = write(folder, name, plain, dtype, images(3, 3, 32, 32), metadata=of_vgg)
    normalised = spread(VGG(11, WIDTHS, True, lambda channels, width: nn.Sequential(
        nn.Dropout(), nn.Linear(channels, width), nn.ReLU(True), nn.Dropout(),
        nn.Linear(width, 10))))
    cases["pytorch_vgg11_bn_bf16"] = write(folder, "pytorch_vgg11_bn_bf16", normalised,
                                           torch.bfloat16, images(3, 3, 32, 32), "module.", of_vgg)
    mlp = spread(nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(),
                               nn.Linear(4, 3))).double()
    for parameter in mlp.parameters():
        nn.init.normal_(parameter)  # all bits of the fraction
    cases["pytorch_mlp_f64"] = write(folder, "pytorch_mlp_f64", mlp, torch.float64, images(4, 6))
    path = folder / "pytorch_weights.json"
    path.write_text(json.dumps({name: {key: as_json(tensor) for key, tensor in tensors.items()}
                                for name, tensors in cases.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
