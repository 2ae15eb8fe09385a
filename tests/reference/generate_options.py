#!/usr/bin/env python3
"""Writes options.json: what PyTorch computes, in double precision, for the options of ops, losses,
layers and optimisers that its own tests use. The form is that of generate.py.

usage: generate_options.py [FILE]      needs PyTorch and NumPy; PyTorch 1.13.1 wrote the committed file
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

from generate import as_json, cases, normals, record

cases.clear()


def family(seed):
    """The numbers of each family are its own, so that others may change."""
    torch.manual_seed(seed)


def class_losses():
    family(31)

    def case(name, function, x, labels, **options):
        weight = options.get("weight")
        record(name, lambda x: function(x, labels, **options), x=x)
        cases[name]["labels"] = labels
        if weight is not None:
            cases[name]["weight"] = weight

    weight = torch.tensor([0.5, 2.0, 1.25, 0.75, 3.0])
    labels = torch.tensor([4, 0, 2, 2, 1, 3])
    for reduction in ("none", "mean", "sum"):
        case("nll_loss_" + reduction, F.nll_loss, normals(6, 5), labels, weight=weight,
             ignore_index=2, reduction=reduction)
        case("cross_entropy_" + reduction, F.cross_entropy, normals(6, 5) * 2, labels,
             weight=weight, ignore_index=2, reduction=reduction)
        case("cross_entropy_smooth_" + reduction, F.cross_entropy, normals(6, 5) * 2, labels,
             weight=weight, ignore_index=2, reduction=reduction, label_smoothing=0.1)
    case("cross_entropy_smooth", F.cross_entropy, normals(6, 5) * 2, labels, label_smoothing=0.3)
    images = torch.randint(0, 5, (2, 3, 4))
    case("nll_loss_images", F.nll_loss, normals(2, 5, 3, 4), images)
    case("cross_entropy_images", F.cross_entropy, normals(2, 5, 3, 4), images, weight=weight,
         ignore_index=0, label_smoothing=0.2, reduction="none")
    case("cross_entropy_lines", F.cross_entropy, normals(3, 5, 2), torch.randint(0, 5, (3, 2)))
    case("cross_entropy_one", F.cross_entropy, normals(5), torch.tensor(3), weight=weight)

    def probabilities(name, shape, **options):
        targets = torch.softmax(normals(*shape), 1)
        record(name, lambda x: F.cross_entropy(x, targets, **options), x=normals(*shape))
        cases[name]["targets"] = targets
        cases[name]["weight"] = weight

    probabilities("cross_entropy_probabilities", (4, 5))
    probabilities("cross_entropy_probabilities_images", (2, 5, 3), weight=weight,
                  label_smoothing=0.1)
    probabilities("cross_entropy_probabilities_none", (2, 5, 3), weight=weight, reduction="none")

    def focal(x):
        log_p = F.log_softmax(x, 1).gather(1, labels[:, None])[:, 0]
        return (-(weight[labels]) * (1 - log_p.exp()) ** 1.5 * log_p).sum() / weight[labels].sum()

    record("focal_loss", focal, x=normals(6, 5))
    cases["focal_loss"].update(labels=labels, weight=weight)
    record("focal_loss_images", lambda x: (
        -(1 - F.softmax(x, 1).gather(1, images[:, None])[:, 0]) ** 2
        * F.log_softmax(x, 1).gather(1, images[:, None])[:, 0]), x=normals(2, 5, 3, 4))
    cases["focal_loss_images"]["labels"] = images


def losses_of_numbers():
    family(32)

    def case(name, function, targets=None, **options):
        targets = normals(4, 5) if targets is None else targets
        record(name, lambda x: function(x, targets, **options), x=normals(4, 5) * 2)
        cases[name]["targets"] = targets

    for reduction in ("none", "mean", "sum"):
        case("mse_loss_" + reduction, F.mse_loss, reduction=reduction)
        case("l1_loss_" + reduction, F.l1_loss, reduction=reduction)
        case("huber_loss_" + reduction, F.huber_loss, reduction=reduction, delta=0.7)
        case("smooth_l1_loss_" + reduction, F.smooth_l1_loss, reduction=reduction, beta=0.7)
    shares = torch.rand(4, 5).round(decimals=3)
    answers = (torch.rand(4, 5) > 0.6).double()
    positive = torch.tensor([1.0, 2.0, 0.5, 3.0, 1.5])
    case("bce", F.binary_cross_entropy_with_logits, shares)
    case("bce_weighted", F.binary_cross_entropy_with_logits, shares, reduction="sum",
         pos_weight=positive, weight=positive + 1)
    cases["bce_weighted"].update(positive=positive, weight_of_each=positive + 1)

    def focal(x, t, alpha, gamma):  # torchvision.ops.sigmoid_focal_loss
        p = torch.sigmoid(x)
        p_t = p * t + (1 - p) * (1 - t)
        loss = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - p_t) ** gamma
        return (alpha * t + (1 - alpha) * (1 - t)) * loss if alpha is not None else loss

    case("sigmoid_focal_loss", focal, answers, alpha=0.25, gamma=2)
    case("sigmoid_focal_loss_without_alpha", focal, answers, alpha=None, gamma=0.5)


def shape_ops():
    family(33)
    record("transpose", lambda x: x.transpose(0, 2), x=normals(3, 2, 4))
    record("permute", lambda x: x.permute(2, 0, 3, 1), x=normals(2, 3, 4, 2))
    record("slice_step", lambda x: x[:, 1:6:2], x=normals(2, 7, 3))
    record("broadcast_to", lambda x: x.broadcast_to(4, 2, 3, 2), x=normals(2, 1, 2))
    record("pad", lambda x: F.pad(x, (2, 1), value=0.5), x=normals(2, 3))
    record("pad_circular", lambda x: F.pad(x, (2, 3), mode="circular"), x=normals(1, 2, 4))
    index = torch.randint(0, 4, (2, 5, 2))
    record("gather", lambda x: x.gather(1, index), x=normals(3, 4, 2))
    cases["gather"]["index"] = index
    rows = torch.randint(0, 6, (2, 4))
    record("embedding", lambda x: F.embedding(rows, x, padding_idx=1), x=normals(6, 3))
    cases["embedding"]["index"] = rows
    condition = torch.randint(0, 2, (3, 1))
    record("where", lambda a, b: torch.where(condition.bool(), a, b), a=normals(3, 4), b=normals(4))
    cases["where"]["condition"] = condition
    record("clamp_tensors", lambda x, low, high: torch.clamp(x, low, high), x=normals(3, 5) * 2,
           low=normals(5) - 0.5, high=normals(3, 1) + 0.5)
    record("softmax_first", lambda x: F.softmax(x, 0), x=normals(4, 3))
    record("log_softmax_middle", lambda x: F.log_softmax(x, 1), x=normals(2, 5, 3))


def products():
    family(34)
    for name, a, b in (("vectors", (4,), (4,)), ("vector_matrix", (3,), (3, 2)),
                       ("matrix_vector", (2, 3), (3,)), ("batch", (2, 3, 4), (2, 4, 5)),
                       ("batch_matrix", (2, 3, 4), (4, 5)), ("matrix_batch", (3, 4), (2, 4, 5)),
                       ("broadcast", (2, 1, 3, 4), (5, 4, 2)), ("batch_vector", (2, 3, 4), (4,)),
                       ("vector_batch", (4,), (2, 4, 3))):
        record("matmul_" + name, lambda a, b: torch.matmul(a, b), a=normals(*a), b=normals(*b))
    record("linear_batch", lambda x, weight, bias: F.linear(x, weight, bias),
           x=normals(2, 3, 4), weight=normals(5, 4), bias=normals(5))
    record("linear_vector", lambda x, weight, bias: F.linear(x, weight, bias),
           x=normals(4), weight=normals(5, 4), bias=normals(5))


def pointwise():
    family(35)

    def case(name, function, low, high):
        x = low + (high - low) * (torch.arange(21) + 0.37) / 21
        record(name, lambda x: function(x), x=(x * 1000).round() / 1000)

    case("elu_alpha", lambda x: F.elu(x, 0.6), -4, 4)
    case("gelu", F.gelu, -7, 7)
    case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), -7, 7)
    case("pow_3", lambda x: x ** 3, -3, 3)
    case("pow_minus_2", lambda x: x ** -2, -3, 3)
    case("pow_real", lambda x: x ** 1.7, 0.1, 4)
    record("pow_tensors", lambda a, b: a ** b, a=normals(3, 4).abs() + 0.1, b=normals(4))
    case("numbers", lambda x: (2 - x) / 3 + 1.5 / (x + 8) + (1 + x), -3, 3)


def layers():
    family(36)
    record("layer_norm", lambda x, weight, bias: F.layer_norm(x, (3, 4), weight, bias),
           x=normals(2, 5, 3, 4), weight=normals(3, 4), bias=normals(3, 4))
    record("layer_norm_plain", lambda x: F.layer_norm(x, (6,), eps=0.1), x=normals(4, 6))
    record("group_norm", lambda x, weight, bias: F.group_norm(x, 2, weight, bias),
           x=normals(2, 6, 3, 2), weight=normals(6), bias=normals(6))
    record("group_norm_lines", lambda x, weight, bias: F.group_norm(x, 3, weight, bias, 0.01),
           x=normals(4, 6), weight=normals(6), bias=normals(6))

    def batch_norm(name, training_calls, train, **options):
        layer = torch.nn.BatchNorm2d(3, **options)
        if layer.weight is not None:
            with torch.no_grad():
                layer.weight.copy_(normals(3))
                layer.bias.copy_(normals(3))
        batches = normals(training_calls, 4, 3, 2, 2) + 0.5
        for batch in batches:
            layer(batch)
        layer.train(train)
        x = normals(4, 3, 2, 2)
        record(name, lambda x: layer(x), x=x)
        cases[name]["batches"] = batches
        for key, value in layer.state_dict().items():
            cases[name][key] = value.detach().clone()

    batch_norm("batch_norm_without_affine", 2, False, affine=False)
    batch_norm("batch_norm_without_statistics", 1, False, track_running_stats=False)
    batch_norm("batch_norm_cumulative", 3, False, momentum=None)


def pooling():
    family(37)

    def case(name, function, shape, **options):
        record(name, lambda x: function(x, **options), x=normals(*shape))

    case("max_pool1d_dilated", F.max_pool1d, (2, 2, 11), kernel_size=3, stride=2, padding=1,
         dilation=2)
    case("max_pool2d_dilated", F.max_pool2d, (2, 2, 7, 9), kernel_size=(2, 3), stride=2,
         dilation=(2, 3), padding=(1, 1))
    case("max_pool2d_ceil", F.max_pool2d, (2, 2, 6, 7), kernel_size=3, stride=2, ceil_mode=True)
    case("max_pool2d_ceil_padded", F.max_pool2d, (2, 2, 6, 7), kernel_size=2, stride=3, padding=1,
         ceil_mode=True)
    case("max_pool3d_dilated_ceil", F.max_pool3d, (1, 2, 5, 6, 5), kernel_size=2, stride=2,
         dilation=2, ceil_mode=True)
    case("max_pool2d_unbatched", F.max_pool2d, (2, 6, 5), kernel_size=2)
    case("average_pool2d_exclusive", F.avg_pool2d, (2, 2, 7, 8), kernel_size=3, stride=2, padding=1,
         count_include_pad=False)
    case("average_pool2d_ceil", F.avg_pool2d, (2, 2, 6, 8), kernel_size=3, stride=2, padding=1,
         ceil_mode=True)
    case("average_pool2d_ceil_exclusive", F.avg_pool2d, (2, 2, 6, 7), kernel_size=(3, 2), stride=2,
         padding=1, ceil_mode=True, count_include_pad=False)
    case("average_pool2d_divisor", F.avg_pool2d, (2, 2, 6, 7), kernel_size=2, divisor_override=3)
    case("average_pool1d_unbatched", F.avg_pool1d, (3, 9), kernel_size=3)
    case("adaptive_average_pool1d", F.adaptive_avg_pool1d, (2, 3, 10), output_size=4)
    case("adaptive_average_pool2d", F.adaptive_avg_pool2d, (2, 2, 7, 5), output_size=(3, 4))
    case("adaptive_average_pool2d_larger", F.adaptive_avg_pool2d, (1, 2, 3, 2), output_size=5)
    case("adaptive_average_pool3d", F.adaptive_avg_pool3d, (1, 2, 4, 5, 3), output_size=(2, 3, 2))
    case("adaptive_max_pool2d", F.adaptive_max_pool2d, (2, 2, 7, 5), output_size=(3, 4))


def convolutions():
    family(38)

    def case(name, function, x, weight, pads=(), mode="constant", **options):
        def convolved(x, weight, bias):
            return function(F.pad(x, pads, mode=mode) if pads else x, weight, bias, **options)

        record(name, convolved, x=normals(*x), weight=normals(*weight), bias=normals(weight[0]))

    case("conv2d_asymmetric", F.conv2d, (2, 2, 5, 6), (3, 2, 3, 2), (1, 2, 0, 1))
    case("conv2d_circular", F.conv2d, (2, 2, 5, 6), (3, 2, 3, 3), (2, 2, 1, 1), "circular",
         stride=2)
    case("conv1d_circular", F.conv1d, (2, 3, 7), (2, 3, 3), (1, 1), "circular")
    case("conv2d_unbatched", F.conv2d, (2, 5, 6), (3, 2, 3, 3), padding=1)


def optimizers():
    family(39)

    def case(name, make, **options):
        steps = 5
        parameter = normals(19).requires_grad_()
        grads = normals(steps, 19) * torch.tensor([3.0, 1.0, 0.2, 2.0, 0.1])[:, None]
        start = parameter.detach().clone()
        optimizer = make([parameter], lr=0.05, **options)
        after = []
        for grad in grads:
            parameter.grad = grad.clone()
            optimizer.step()
            after.append(parameter.detach().clone())
        cases[name] = {"start": start, "grads": grads, "parameters": torch.stack(after)}

    case("adam_amsgrad", torch.optim.Adam, amsgrad=True, betas=(0.8, 0.9), weight_decay=0.1)
    case("adamw_amsgrad", torch.optim.AdamW, amsgrad=True, betas=(0.8, 0.9), weight_decay=0.1)
    case("adam_maximize", torch.optim.Adam, maximize=True, weight_decay=0.1)
    case("sgd_dampened", torch.optim.SGD, momentum=0.9, dampening=0.4, weight_decay=0.1)
    case("sgd_maximize", torch.optim.SGD, momentum=0.9, maximize=True, weight_decay=0.1)
    case("sgd_maximize_plain", torch.optim.SGD, maximize=True, weight_decay=0.1)


def main():
    default = pathlib.Path(__file__).with_name("options.json")
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    for write in (class_losses, losses_of_numbers, shape_ops, products, pointwise, layers, pooling,
                  convolutions, optimizers):
        write()
    lines = [json.dumps(name) + ": " + json.dumps({key: as_json(x) for key, x in case.items()},
                                                  separators=(",", ":"))
             for name, case in cases.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
