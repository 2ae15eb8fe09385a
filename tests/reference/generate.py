#!/usr/bin/env python3
"""Writes reference.json: what PyTorch computes, in double precision, for small inputs.

Each case maps names to tensors: the inputs, the gradient of the output ("grad_y"), the output ("y")
and the gradients of the inputs ("grad_x", …). An optimiser's case has the parameters before the
first step, one row of gradients per step, and one row of parameters after each. The options of a
case are stated here and in the test that reads it.

usage: generate.py [FILE]      needs PyTorch and NumPy; the committed file was written with 2.15
"""

import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(2024)
torch.set_default_dtype(torch.float64)
cases = {}


def normals(*shape):
    """Random numbers of few digits, so that the file stays small."""
    return (torch.randn(shape) * 1000).round() / 1000


def record(name, function, **inputs):
    """Stores the inputs, function(**inputs) and the gradients for a random grad_y."""
    leaves = {key: x.clone().requires_grad_() for key, x in inputs.items()}
    y = function(**leaves)
    grad_y = normals(*y.shape)
    y.backward(grad_y)
    cases[name] = dict(inputs, grad_y=grad_y, y=y.detach())
    cases[name].update({"grad_" + key: x.grad for key, x in leaves.items()})


def convolutions():
    def case(name, function, x, weight, bias=True, **options):
        inputs = {"x": normals(*x), "weight": normals(*weight)}
        if bias:
            inputs["bias"] = normals(weight[0])
        record(name, lambda **tensors: function(
            tensors["x"], tensors["weight"], tensors.get("bias"), **options), **inputs)

    case("conv1d", F.conv1d, (2, 3, 9), (4, 3, 3))
    case("conv1d_strided", F.conv1d, (2, 2, 11), (3, 2, 3), stride=2, padding=1, dilation=2)
    case("conv2d", F.conv2d, (2, 2, 6, 5), (3, 2, 3, 2))
    case("conv2d_strided", F.conv2d, (2, 2, 7, 8), (3, 2, 3, 2), stride=(2, 1), padding=(1, 2),
         dilation=(1, 2))
    case("conv2d_grouped", F.conv2d, (2, 4, 5, 5), (6, 2, 3, 3), bias=False, groups=2, padding=1)
    case("conv2d_depthwise", F.conv2d, (2, 3, 5, 4), (6, 1, 2, 3), groups=3)
    case("conv2d_1x1", F.conv2d, (2, 5, 3, 3), (4, 5, 1, 1))
    case("conv3d", F.conv3d, (2, 2, 4, 3, 5), (2, 2, 2, 2, 3))
    case("conv3d_strided", F.conv3d, (1, 2, 5, 5, 4), (4, 1, 3, 2, 2), stride=(2, 1, 2),
         padding=(1, 0, 1), dilation=(1, 2, 1), groups=2)
    case("linear", F.linear, (3, 7), (5, 7))
    case("linear_without_bias", F.linear, (3, 7), (5, 7), bias=False)


def transposed_convolutions():
    """With numbers of its own, so that these cases can be written without the others. The committed
    ones are PyTorch 1.13.1's."""
    def case(name, function, x, weight, bias=True, **options):
        inputs = {"x": normals(*x), "weight": normals(*weight)}
        if bias:
            inputs["bias"] = normals(weight[1] * options.get("groups", 1))
        record(name, lambda **tensors: function(
            tensors["x"], tensors["weight"], tensors.get("bias"), **options), **inputs)

    with torch.random.fork_rng():
        torch.manual_seed(19)
        case("conv_transpose1d", F.conv_transpose1d, (2, 3, 5), (3, 4, 3))
        case("conv_transpose1d_strided", F.conv_transpose1d, (2, 2, 5), (2, 3, 3), stride=3,
             padding=1, output_padding=2)
        case("conv_transpose1d_dilated", F.conv_transpose1d, (2, 2, 4), (2, 3, 3), stride=1,
             padding=2, output_padding=2, dilation=3)
        case("conv_transpose2d", F.conv_transpose2d, (2, 2, 4, 3), (2, 3, 3, 2))
        case("conv_transpose2d_strided", F.conv_transpose2d, (2, 2, 3, 4), (2, 3, 3, 2),
             stride=(2, 1), padding=(1, 2), output_padding=(1, 1), dilation=(1, 2))
        case("conv_transpose2d_grouped", F.conv_transpose2d, (2, 4, 3, 3), (4, 3, 3, 3),
             bias=False, groups=2, padding=1)
        case("conv_transpose2d_depthwise", F.conv_transpose2d, (2, 3, 4, 3), (3, 1, 4, 4),
             groups=3, stride=2, padding=1)
        case("conv_transpose2d_1x1", F.conv_transpose2d, (2, 5, 3, 3), (5, 4, 1, 1), stride=2,
             output_padding=1)
        case("conv_transpose3d", F.conv_transpose3d, (2, 2, 3, 2, 3), (2, 2, 2, 2, 3))
        case("conv_transpose3d_strided", F.conv_transpose3d, (1, 4, 3, 3, 2), (4, 2, 3, 2, 2),
             stride=(2, 1, 3), padding=(1, 0, 1), output_padding=(1, 1, 2), dilation=(1, 2, 1),
             groups=2)


def pooling():
    def case(name, function, shape, **options):
        record(name, lambda x: function(x, **options), x=normals(*shape))

    case("max_pool1d", F.max_pool1d, (2, 2, 11), kernel_size=3, stride=2, padding=1)
    case("max_pool2d", F.max_pool2d, (2, 2, 7, 6), kernel_size=2)
    case("max_pool2d_padded", F.max_pool2d, (2, 2, 7, 8), kernel_size=3, stride=2, padding=1)
    case("max_pool2d_overlapping", F.max_pool2d, (1, 2, 5, 6), kernel_size=(3, 2), stride=1)
    case("max_pool2d_apart", F.max_pool2d, (1, 2, 8, 9), kernel_size=(2, 1), stride=(3, 4))
    case("max_pool3d", F.max_pool3d, (1, 2, 4, 5, 6), kernel_size=2, stride=(1, 2, 2), padding=1)
    record("max_pool2d_ties", lambda x: F.max_pool2d(x, 3, stride=2, padding=1),
           x=torch.randint(0, 3, (1, 2, 7, 7)).double())
    case("average_pool1d", F.avg_pool1d, (2, 2, 11), kernel_size=3, stride=2, padding=1)
    case("average_pool2d", F.avg_pool2d, (2, 2, 7, 6), kernel_size=2)
    case("average_pool2d_padded", F.avg_pool2d, (1, 2, 7, 8), kernel_size=(3, 2), stride=(2, 1),
         padding=1)
    case("average_pool3d", F.avg_pool3d, (1, 2, 4, 5, 6), kernel_size=(2, 3, 2), stride=2,
         padding=(1, 1, 0))
    case("global_average_pool", lambda x: F.adaptive_avg_pool2d(x, 1), (2, 3, 5, 4))


def classification():
    record("log_softmax", lambda x: F.log_softmax(x, -1), x=normals(3, 10) * 3)
    record("log_softmax_large", lambda x: F.log_softmax(x, -1), x=normals(2, 19) * 300)
    record("softmax", lambda x: F.softmax(x, -1), x=normals(2, 2, 5) * 3)
    labels = torch.tensor([0, 9, 4, 4])
    record("nll_loss", lambda x: F.nll_loss(x, labels), x=normals(4, 10))
    cases["nll_loss"]["labels"] = labels
    record("cross_entropy", lambda x: F.cross_entropy(x, labels), x=normals(4, 10) * 3)
    cases["cross_entropy"]["labels"] = labels


def pointwise():
    def case(name, function, low, high):
        x = low + (high - low) * (torch.arange(21) + 0.37) / 21
        record(name, lambda x: function(x), x=(x * 1000).round() / 1000)

    case("relu", F.relu, -3, 3)
    case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), -3, 3)
    case("elu", F.elu, -4, 4)
    # Without the linear form that PyTorch switches to above a threshold.
    case("softplus", lambda x: F.softplus(x, beta=1.7, threshold=1e3), -9, 9)
    case("sigmoid", torch.sigmoid, -9, 9)
    case("silu", F.silu, -6, 6)
    case("tanh", torch.tanh, -4, 4)
    case("exp", torch.exp, -3, 2)
    case("log", torch.log, 0.05, 5)
    case("log1p", torch.log1p, -0.9, 5)
    case("sqrt", torch.sqrt, 0.05, 5)
    case("square", torch.square, -3, 3)
    case("abs", torch.abs, -3, 3)
    case("reciprocal", torch.reciprocal, 0.4, 4)
    case("affine", lambda x: 1.5 * x - 0.25, -3, 3)
    case("clamp", lambda x: torch.clamp(x, -1, 1.5), -3, 3)


def optimizers():
    def case(name, make, **options):
        steps = 4
        parameter = normals(19).requires_grad_()
        grads = normals(steps, 19)
        start = parameter.detach().clone()
        optimizer = make([parameter], lr=0.05, **options)
        after = []
        for grad in grads:
            parameter.grad = grad.clone()
            optimizer.step()
            after.append(parameter.detach().clone())
        cases[name] = {"start": start, "grads": grads, "parameters": torch.stack(after)}

    case("adam", torch.optim.Adam)
    case("adam_weight_decay", torch.optim.Adam, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)
    case("adamw", torch.optim.AdamW, weight_decay=0.1)
    case("sgd", torch.optim.SGD)
    case("sgd_weight_decay", torch.optim.SGD, weight_decay=0.1)
    case("sgd_momentum", torch.optim.SGD, momentum=0.9, weight_decay=0.1)
    case("sgd_nesterov", torch.optim.SGD, momentum=0.8, nesterov=True)


def stream_normals(key, draw, shape):
    """The elements of RandomStream{key, draw} as standard normal numbers (framework/core/random)."""
    low = 0xFFFFFFFF

    def philox(counter):
        c, k = [counter & low, counter >> 32, draw & low, draw >> 32], [key & low, key >> 32]
        for _ in range(10):
            left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [right >> 32 ^ c[1] ^ k[0], right & low, left >> 32 ^ c[3] ^ k[1], left & low]
            k = [k[0] + 0x9E3779B9 & low, k[1] + 0xBB67AE85 & low]
        return c

    def normal(element):
        word = element % 64 // 16
        words = philox(element // 64 * 16 + element % 16)[word // 2 * 2:]
        radius = math.sqrt(-2 * math.log(((words[0] >> 9) + 0.5) * 2.0 ** -23))
        angle = 2 * math.pi * (words[1] >> 8) * 2.0 ** -24
        return radius * (math.sin(angle) if word % 2 else math.cos(angle))

    return torch.tensor([normal(i) for i in range(shape.numel())]).reshape(shape)


def random_convolution():
    def case(name, function, x, weight, bias=True, **options):
        inputs = {"x": normals(*x), "weight_mean": normals(*weight),
                  "weight_variance": normals(*weight).abs()}
        inputs["x"][0] = 0
        if bias:
            inputs["bias"] = normals(weight[0])
        shape = function(inputs["x"], inputs["weight_mean"], **options).shape
        noise = stream_normals(0x123456789ABCDEF0, 0xFEDCBA987654321, shape)

        def draw(x, weight_mean, weight_variance, bias=None):
            variance = function(x ** 2, weight_variance, **options)
            return function(x, weight_mean, bias, **options) + torch.sqrt(variance + 1e-8) * noise

        record("local_reparameterization_" + name, draw, **inputs)

    case("linear", F.linear, (4, 6), (5, 6))
    case("linear_without_bias", F.linear, (3, 7), (2, 7), bias=False)
    case("conv1d", F.conv1d, (2, 3, 9), (4, 3, 3), dilation=2)
    case("conv2d", F.conv2d, (2, 2, 6, 5), (3, 2, 3, 2))
    case("conv2d_strided", F.conv2d, (2, 4, 7, 6), (6, 2, 3, 2), stride=(2, 1), padding=(1, 0),
         groups=2)
    case("conv3d", F.conv3d, (2, 2, 3, 3, 4), (2, 2, 2, 2, 3))


def divergences():
    normal = torch.distributions.Normal
    divergence = torch.distributions.kl_divergence
    zero = torch.tensor(0.0)
    record("kl_gaussian", lambda weight, log_variance: divergence(
        normal(weight, torch.exp(log_variance / 2)), normal(zero, torch.tensor(0.7))).sum(),
        weight=normals(3, 5), log_variance=normals(3, 5) * 2 - 4)
    # The prior that makes the divergence smallest has the posterior's second moment.
    weight = normals(3, 5)
    record("kl_variational_dropout", lambda log_alpha: divergence(
        normal(weight, torch.exp(log_alpha / 2) * weight.abs()),
        normal(zero, torch.sqrt(1 + torch.exp(log_alpha)) * weight.abs())).sum(),
        log_alpha=normals(3, 5) * 3 - 2)
    cases["kl_variational_dropout"]["weight"] = weight


def models():
    def waves(*shape, scale=1.0):
        """Numbers that any program can work out."""
        count = torch.Size(shape).numel()
        return (scale * torch.sin(torch.arange(count) ** 2 + 1.0)).reshape(shape).requires_grad_()

    def lenet5(name, activation):
        shapes = {"conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 256),
                  "fc2": (84, 120), "fc3": (10, 84)}
        weight = {layer: waves(*shape, scale=2 / math.sqrt(math.prod(shape[1:])))
                  for layer, shape in shapes.items()}
        bias = {layer: waves(shape[0], scale=0.1) for layer, shape in shapes.items()}
        x = waves(2, 1, 28, 28)
        h = F.max_pool2d(activation(F.conv2d(x, weight["conv1"], bias["conv1"])), 2)
        h = F.max_pool2d(activation(F.conv2d(h, weight["conv2"], bias["conv2"])), 2)
        h = activation(F.linear(h.flatten(1), weight["fc1"], bias["fc1"]))
        h = activation(F.linear(h, weight["fc2"], bias["fc2"]))
        y = F.linear(h, weight["fc3"], bias["fc3"])
        y.backward(waves(2, 10, scale=10))
        cases[name] = {"y": y.detach(), "grad_conv1_weight": weight["conv1"].grad,
                       "grad_conv2_bias": bias["conv2"].grad, "grad_fc1_bias": bias["fc1"].grad}

    lenet5("lenet5_relu", F.relu)
    lenet5("lenet5_softplus", F.softplus)

    def resnet8():
        """He et al. 2015, section 4.2, with n = 1 and option A, filter response normalisation and
        silu. PyTorch 1.13.1 wrote its values."""
        leaves = {}

        def convolution(path, h, out, stride=1):
            weight = waves(out, h.shape[1], 3, 3, scale=2 / math.sqrt(9 * h.shape[1]))
            bias = waves(out, scale=0.1)
            gamma = torch.ones(out, requires_grad=True)
            leaves[path + ".conv.bias"], leaves[path + ".norm.weight"] = bias, gamma
            h = F.conv2d(h, weight, bias, stride=stride, padding=1)
            h = h / torch.sqrt(h.square().mean((2, 3), keepdim=True) + 1e-6)
            return gamma.view(1, -1, 1, 1) * h

        h = F.silu(convolution("stem", waves(2, 3, 8, 8), 16))
        for block, (out, stride) in enumerate([(16, 1), (32, 2), (64, 2)]):
            path = "block%d." % (block + 1)
            inner = F.silu(convolution(path + "first", h, out, stride))
            inner = convolution(path + "second", inner, out)
            # Every second pixel, and zeros in the further channels.
            shortcut = F.pad(h[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, out - h.shape[1]))
            h = F.silu(inner + shortcut)
        y = F.linear(h.mean((2, 3)), waves(10, 64, scale=2 / 8), waves(10, scale=0.1))
        y.backward(waves(2, 10, scale=10))
        cases["resnet8_silu"] = {"y": y.detach(), **{
            path: leaves[path].grad
            for path in ("stem.conv.bias", "block2.first.norm.weight", "block3.second.conv.bias")}}

    resnet8()


def training():
    """Five steps of Adam on a small net, each on a batch of its own."""
    names = ("conv.weight", "conv.bias", "linear.weight", "linear.bias")
    start = [normals(3, 1, 3, 3) * 0.3, normals(3) * 0.1, normals(4, 27) * 0.2, normals(4) * 0.1]
    x, labels = normals(5, 6, 1, 8, 8), torch.randint(4, (5, 6))
    parameters = [tensor.clone().requires_grad_() for tensor in start]
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    losses = []
    for images, classes in zip(x, labels):
        h = F.relu(F.max_pool2d(F.conv2d(images, *parameters[:2]), 2))
        loss = F.cross_entropy(F.linear(h.flatten(1), *parameters[2:]), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    cases["training"] = {"x": x, "labels": labels, "losses": torch.stack(losses)}
    for name, before, after in zip(names, start, parameters):
        cases["training"].update({"start." + name: before, "end." + name: after.detach()})


def normalization():
    """The running statistics are those after the call, "running_mean" and "running_var"."""
    def case(name, shape, **options):
        x, weight, bias = normals(*shape) * 2 + 0.5, normals(shape[1]), normals(shape[1])
        mean, variance = normals(shape[1]), normals(shape[1]).abs() + 0.5
        start = {"start_mean": mean.clone(), "start_var": variance.clone()}
        record(name, lambda x, weight, bias: F.batch_norm(
            x, mean, variance, weight, bias, **options), x=x, weight=weight, bias=bias)
        cases[name].update(start, running_mean=mean, running_var=variance)

    case("batch_norm", (6, 3), training=True)
    case("batch_norm1d", (3, 4, 5), training=True)
    case("batch_norm2d", (2, 3, 4, 3), training=True, momentum=0.3, eps=0.01)
    case("batch_norm3d", (2, 2, 2, 3, 3), training=True)
    case("batch_norm2d_evaluation", (2, 3, 3, 4), training=False)


def filter_response_norm():
    """Singh and Krishnan 2020, arXiv 1911.09737, equation 1 and the affine transform. With numbers
    of its own, so that these cases can be written without the others. The committed ones are
    PyTorch 1.13.1's."""
    def case(name, shape, activation=lambda z: z, eps=1e-6):
        planes = tuple(range(2, len(shape)))
        per_channel = (1, shape[1]) + (1,) * len(planes)

        def function(x, weight, bias):
            root = torch.sqrt(x.square().mean(planes, keepdim=True) + eps)
            return activation(weight.view(per_channel) * x / root + bias.view(per_channel))

        record(name, function, x=normals(*shape) * 2 + 0.5, weight=normals(shape[1]),
               bias=normals(shape[1]))

    with torch.random.fork_rng():
        torch.manual_seed(20)
        case("filter_response_norm", (2, 3, 4, 5))
        case("filter_response_norm_epsilon", (2, 3, 7), eps=0.5)
        case("filter_response_norm_relu", (3, 2, 3, 3), F.relu)
        case("filter_response_norm_silu", (2, 3, 4, 4), F.silu)
        case("filter_response_norm_softplus", (2, 2, 2, 3, 3), F.softplus)


def uncertainties():
    """Covariances of predictions as numpy works them out from the samples' logits."""
    logits = normals(7, 3, 5) * 2
    logits[:, 1] = logits[:1, 1]
    logits[:, 2] -= 4
    for name, positive in ("softmax", np.exp), ("softplus", lambda z: np.log1p(np.exp(z))):
        p = positive(logits.numpy())
        p = p / p.sum(-1, keepdims=True)
        mean = p.mean(0)
        diagonal = np.eye(5) * p[..., None]
        entropy = -(mean * np.log(mean)).sum(-1)
        case = {
            "samples": p,
            "probabilities": mean,
            "epistemic": np.einsum("snc,snd->ncd", p - mean, p - mean) / len(p),
            "aleatoric": (diagonal - p[..., None] * p[..., None, :]).mean(0),
            "prediction": mean.argmax(-1),
            "entropy": entropy,
            "mutual_information": entropy + (p * np.log(p)).sum(-1).mean(0)}
        case["epistemic_trace"] = np.trace(case["epistemic"], axis1=1, axis2=2)
        case["aleatoric_trace"] = np.trace(case["aleatoric"], axis1=1, axis2=2)
        cases["uncertainty_" + name] = {"logits": logits,
                                        **{key: torch.tensor(x) for key, x in case.items()}}


def variational_dropout():
    """What its variance and its divergence are made of."""
    x = -9 + 18 * (torch.arange(21) + 0.37) / 21
    record("log_sigmoid", F.logsigmoid, x=(x * 1000).round() / 1000)
    record("scaled_square", lambda log_scale, x: torch.exp(log_scale) * x**2,
           log_scale=normals(4, 5), x=normals(4, 5))


def as_json(tensor):
    digits = "{:.12g}".format
    return {"shape": list(tensor.shape),
            "data": [json.loads(digits(value)) for value in tensor.flatten().tolist()]}


def main():
    default = pathlib.Path(__file__).with_name("reference.json")
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    for family in (convolutions, transposed_convolutions, pooling, classification, pointwise,
                   optimizers, local_reparameterization, divergences, models,
                   training, normalization, uncertainties, variational_dropout,
                   filter_response_norm):
        family()
    lines = [json.dumps(name) + ": " + json.dumps({key: as_json(x) for key, x in case.items()},
                                                  separators=(",", ":"))
             for name, case in cases.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
