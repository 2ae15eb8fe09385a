"""Times PyTorch on one case of compare_pytorch, which is given as JSON, and prints the result so.

  python3 pytorch_work.py '{"model": "LeNet5", "bayesian": true, "batch": 256, "samples": null,
      "device": "cpu", "precision": "fp32", "compiled": false, "threads": 1, "seconds": 1}'
"""
import contextlib
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BLOCKS = {"VGG11": (1, 1, 2, 2, 2), "VGG16": (2, 2, 3, 3, 3)}
STEPS_IN_BLOCK = 20  # as credence-training-step has it


def pytorch_model(name, bayesian):
    class Bayesian(nn.Module):
        def __init__(self, layer, product):
            super().__init__()
            self.weight, self.bias, self.product = layer.weight, layer.bias, product
            self.log_alpha = nn.Parameter(torch.full_like(layer.weight, -5))

        def forward(self, x):
            mean = self.product(x, self.weight, self.bias)
            variance = self.product(x * x, self.log_alpha.exp() * self.weight**2, None)
            return mean + torch.sqrt(variance + 1e-8) * torch.randn_like(mean)

        def kl_divergence(self):
            return torch.log1p(torch.exp(-self.log_alpha)).sum() / 2

    def convolution(inputs, outputs, kernel, padding, stride=1, bias=True):
        layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)
        if not bayesian:
            return layer
        return Bayesian(layer, lambda x, w, b: functional.conv2d(x, w, b, stride, padding))

    def linear(inputs, outputs):
        layer = nn.Linear(inputs, outputs)
        return Bayesian(layer, functional.linear) if bayesian else layer

    activation = nn.Softplus if bayesian else nn.ReLU

    def normalized(inputs, outputs, stride):
        return [convolution(inputs, outputs, 3, 1, stride, bias=False), nn.BatchNorm2d(outputs)]

    class BasicBlock(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.stride, self.further_channels = stride, outputs - inputs
            self.body = nn.Sequential(*normalized(inputs, outputs, stride), activation(),
                                      *normalized(outputs, outputs, 1))
            self.activation = activation()

        def forward(self, x):
            shortcut = functional.pad(x[:, :, :: self.stride, :: self.stride],
                                      (0, 0, 0, 0, 0, self.further_channels))
            return self.activation(self.body(x) + shortcut)

    if name == "ResNet20":
        layers, inputs = [*normalized(3, 16, 1), activation()], 16
        for outputs in (16, 32, 64):
            for _ in range(3):
                layers.append(BasicBlock(inputs, outputs, 1 if inputs == outputs else 2))
                inputs = outputs
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        widths = (64, 10)
    elif name == "LeNet5":
        layers = [convolution(1, 6, 5, 0), nn.MaxPool2d(2), activation(),
                  convolution(6, 16, 5, 0), nn.MaxPool2d(2), activation(), nn.Flatten()]
        widths = (256, 120, 84, 10)
    else:
        layers, inputs, outputs = [], 3, 64
        for count in BLOCKS[name]:
            for i in range(count):
                layers.append(convolution(inputs, outputs, 3, 1))
                inputs = outputs
                if i + 1 < count:
                    layers.append(activation())
            layers += [nn.MaxPool2d(2), activation()]
            outputs = min(2 * outputs, 512)
        layers.append(nn.Flatten())
        widths = (512, 512, 10)
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers += [activation()] if i else []
        layers.append(linear(inputs, outputs))
    model = nn.Sequential(*layers)
    random_layers = [module for module in model.modules() if isinstance(module, Bayesian)]
    model.kl_divergence = lambda: sum(layer.kl_divergence() for layer in random_layers)
    return model


def pytorch_work(case):
    """A function that makes one training step, or one prediction, of a case."""
    device, precision, compiled = case["device"], case["precision"], case["compiled"]
    torch.backends.cuda.matmul.allow_tf32 = precision != "fp32"
    torch.backends.cudnn.allow_tf32 = precision != "fp32"
    torch.backends.cudnn.benchmark = True  # the fastest algorithms, as far as cuDNN can tell
    torch.manual_seed(1)
    model = pytorch_model(case["model"], case["bayesian"]).to(device)
    shape = (1, 28, 28) if case["model"] == "LeNet5" else (3, 32, 32)
    images = torch.rand(case["batch"], *shape).to(device)
    labels = torch.randint(10, (case["batch"],)).to(device)

    def autocast():
        if precision != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(device, torch.bfloat16)

    def loss_of(images, labels):
        with autocast():
            loss = functional.cross_entropy(model(images), labels)
        return 60000 * loss + model.kl_divergence() if case["bayesian"] else loss

    def probabilities_of(images):
        with autocast():
            return functional.softmax(model(images), 1)

    adam = {}
    if compiled:
        loss_of = torch.compile(loss_of, mode="reduce-overhead")
        probabilities_of = torch.compile(probabilities_of, mode="reduce-overhead")
        adam = {"fused": True, "capturable": device == "cuda"}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **adam)

    # What a CUDA graph returned is overwritten when it is replayed, and has been used by then.
    begin_graphs = torch.compiler.cudagraph_mark_step_begin if compiled else lambda: None

    def step():
        begin_graphs()
        optimizer.zero_grad()
        loss_of(images, labels).backward()
        optimizer.step()

    @torch.inference_mode()
    def predict():
        total = 0
        for _ in range(case["samples"]):
            begin_graphs()
            total = total + probabilities_of(images)
        return torch.log(total / case["samples"])

    return step if case["samples"] is None else predict


def time_pytorch(case):
    """The median time in ms and the peak memory in MiB of one case, in this process."""
    on_gpu = case["device"] == "cuda"
    if case["threads"]:
        torch.set_num_threads(case["threads"])
    work = pytorch_work(case)
    length = STEPS_IN_BLOCK if on_gpu else 1

    def block():
        start = time.perf_counter()
        for _ in range(length):
            work()
        if on_gpu:
            torch.cuda.synchronize()
        return 1e3 * (time.perf_counter() - start) / length

    block()  # compiles, records CUDA graphs
    times = []
    for seconds in (case["seconds"] / 3, case["seconds"]):
        times.clear()
        begin = time.perf_counter()
        while not times or time.perf_counter() - begin < seconds:
            times.append(block())
    if on_gpu:
        memory = torch.cuda.max_memory_allocated() >> 20
    else:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"median_ms": statistics.median(times), "peak_mib": memory}


if __name__ == "__main__":
    print(json.dumps(time_pytorch(json.loads(sys.argv[1]))))
