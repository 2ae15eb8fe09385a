"""How a node of ONNX is asked for here: a function of its attributes and inputs for each operator.

A function gives our name and the arguments, or throws NoCounterpart.
"""
import math

import numpy


class NoCounterpart(Exception):
    pass


def need(condition, what):
    if not condition:
        raise NoCounterpart(what)


def unary(ours, **names):
    """An operation of one tensor; names are ours by ONNX's, of attributes."""
    return lambda a, x: (ours, {"input": x[0], **{names[n]: v for n, v in a.items() if n in names}})


def binary(ours, second="other"):
    def ask(a, x):
        need(len(x) == 2, f"{len(x)} inputs")
        return ours, {"input": x[0], second: x[1]}

    return ask


def input_or_none(x, place):
    return x[place] if len(x) > place else None


def integers(array):
    return [int(one) for one in numpy.asarray(array).ravel()]


def windows(a, x, kernel):
    """Strides, dilations and the padding in front and behind, as ONNX's attributes say."""
    rank = len(kernel)
    strides, dilations = a.get("strides", [1] * rank), a.get("dilations", [1] * rank)
    pads = a.get("pads", [0] * 2 * rank)
    front, behind = pads[:rank], pads[rank:]
    auto = a.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        front, behind = [], []
        for extent, k, s, d in zip(x.shape[2:], kernel, strides, dilations):
            total = max((math.ceil(extent / s) - 1) * s + (k - 1) * d + 1 - extent, 0)
            less, more = total // 2, total - total // 2
            front.append(less if auto == "SAME_UPPER" else more)
            behind.append(more if auto == "SAME_UPPER" else less)
    return {"stride": strides, "dilation": dilations, "padding": list(front)}, list(behind)


def convolution(a, x):
    options, behind = windows(a, x[0], x[1].shape[2:])
    if behind != options["padding"]:
        options["padding_behind"] = behind
    tensors = {"input": x[0], "weight": x[1], "bias": input_or_none(x, 2)}
    return "convolution", {**tensors, **options, "groups": a.get("group", 1)}


def transposed_convolution(a, x):
    kernel = x[1].shape[2:]
    options, behind = windows({**a, "auto_pad": "NOTSET"}, x[0], kernel)
    front, more = options["padding"], list(a.get("output_padding", [0] * len(kernel)))
    strides, dilations = options["stride"], options["dilation"]
    auto = a.get("auto_pad", "NOTSET")
    if "output_shape" in a or auto.startswith("SAME"):
        wanted = a.get("output_shape", [e * s for e, s in zip(x[0].shape[2:], strides)])[-len(kernel) :]
        for i, (e, k, s, d) in enumerate(zip(x[0].shape[2:], kernel, strides, dilations)):
            total = s * (e - 1) + more[i] + (k - 1) * d + 1 - wanted[i]
            if total < 0:  # zeros behind
                more[i], total = more[i] - total, 0
            less = total // 2
            front[i], behind[i] = (less, total - less) if auto == "SAME_UPPER" else (total - less, less)
    # Less padding behind is padding of the output.
    need(all(f >= b for f, b in zip(front, behind)), "more padding behind than in front")
    more = [m + f - b for m, f, b in zip(more, front, behind)]
    tensors = {"input": x[0], "weight": x[1], "bias": input_or_none(x, 2)}
    return "transposed_convolution", {**tensors, **options, "output_padding": more, "groups": a.get("group", 1)}


def pooling(ours, **more):
    def ask(a, x):
        kernel = a["kernel_shape"]
        options, behind = windows(a, x[0], kernel)
        need(behind == options["padding"], "padding that differs in front and behind")
        options["ceil_mode"] = bool(a.get("ceil_mode", 0))
        if ours == "avg_pool":
            options["count_include_pad"] = bool(a.get("count_include_pad", 0))
        return f"{ours}{len(kernel)}d", {"input": x[0], "kernel_size": kernel, **options, **more}

    return ask


def global_pooling(ours):
    return lambda a, x: (f"{ours}{x[0].ndim - 2}d", {"input": x[0], "output_size": 1})


def batch_normalization(a, x):
    names = ("input", "weight", "bias", "running_mean", "running_var")
    options = {"eps": a.get("epsilon", 1e-5), "momentum": 1 - a.get("momentum", 0.9)}
    return "batch_norm", {**dict(zip(names, x)), **options, "training": bool(a.get("training_mode", 0))}


def layer_normalization(a, x):
    axis = a.get("axis", -1) % x[0].ndim
    options = {"normalized_shape": x[0].shape[axis:], "eps": a.get("epsilon", 1e-5)}
    shaped = {n: t.reshape(x[0].shape[axis:]) for n, t in zip(("weight", "bias"), x[1:])}
    return "layer_norm", {"input": x[0], **shaped, **options}


def instance_normalization(a, x):
    tensors = dict(zip(("input", "weight", "bias"), x))
    return "group_norm", {**tensors, "num_groups": x[0].shape[1], "eps": a.get("epsilon", 1e-5)}


def gemm(a, x):
    arguments = {"a": x[0], "b": x[1], "c": input_or_none(x, 2)}
    arguments.update(alpha=a.get("alpha", 1.0), beta=a.get("beta", 1.0))
    return "gemm", {**arguments, "transpose_a": bool(a.get("transA", 0)), "transpose_b": bool(a.get("transB", 0))}


def clip(a, x):
    low, high = input_or_none(x, 1), input_or_none(x, 2)
    return "clamp", {"input": x[0], "min": a.get("min", low), "max": a.get("max", high)}


def reshape(a, x):
    shape = integers(x[1])
    if not a.get("allowzero", 0):
        shape = [x[0].shape[i] if extent == 0 else extent for i, extent in enumerate(shape)]
    return "reshape", {"input": x[0], "shape": shape}


def flatten(a, x):
    axis = a.get("axis", 1)
    if axis == 1:
        return "flatten", {"input": x[0], "start_dim": 1}
    axis += x[0].ndim if axis < 0 else 0
    return "reshape", {"input": x[0], "shape": [math.prod(x[0].shape[:axis]), math.prod(x[0].shape[axis:])]}


def expand(a, x):
    return "broadcast_to", {"input": x[0], "size": numpy.broadcast_shapes(x[0].shape, integers(x[1]))}


def split(a, x):
    axis, parts = a.get("axis", 0), a.get("split", input_or_none(x, 1))  # an attribute until version 12
    if parts is None:
        need("outputs" in a, "no sizes")
        parts = [x[0].shape[axis] // a["outputs"]] * a["outputs"]
    return "split", {"input": x[0], "split_size_or_sections": integers(parts), "dim": axis}


def sliced(a, x):
    starts, ends = integers(x[1]), integers(x[2])
    axes = integers(x[3]) if len(x) > 3 else list(range(len(starts)))
    steps = integers(x[4]) if len(x) > 4 else [1] * len(starts)
    need(len(axes) == 1, "several dimensions at once")
    start, end, step = slice(starts[0], ends[0], steps[0]).indices(x[0].shape[axes[0]])
    return "slice", {"input": x[0], "dim": axes[0], "start": start, "end": max(start, end), "step": step}


def pad(a, x):
    counts, rank = a.get("pads") or integers(x[1]), x[0].ndim  # an attribute until version 10
    need(len(x) < 4, "axes")
    pairs = [(counts[i], counts[rank + i]) for i in reversed(range(rank))]
    value = float(x[2]) if input_or_none(x, 2) is not None else a.get("value", 0.0)
    return "pad", {"input": x[0], "pad": sum(map(list, pairs), []), "mode": a.get("mode", "constant"), "value": value}


def reduction(ours):
    def ask(a, x):
        axes = a.get("axes", integers(x[1]) if len(x) > 1 else [])
        need(axes or not a.get("noop_with_empty_axes", 0), "no axes")
        axes = axes or list(range(x[0].ndim))
        return ours, {"input": x[0], "dim": axes, "keepdim": bool(a.get("keepdims", 1))}

    return ask


def arg_max(a, x):
    need(not a.get("select_last_index", 0), "the last index")
    axis = a.get("axis", 0)
    return "argmax", {"input": x[0], "dim": axis % x[0].ndim, "keepdim": bool(a.get("keepdims", 1))}


def gather(a, x):
    need(a.get("axis", 0) == 0 and x[0].ndim == 2, "other rows than those of a matrix")
    need((x[1] >= 0).all(), "negative indices")
    return "embedding", {"input": x[1], "weight": x[0]}


def class_loss(ours):
    def ask(a, x):
        tensors = {"input": x[0], "target": x[1].astype(numpy.int64), "weight": input_or_none(x, 2)}
        options = {"reduction": a.get("reduction", "mean"), "ignore_index": a.get("ignore_index")}
        return ours, {**tensors, **options}

    return ask


OPERATORS = {
    "Abs": unary("abs"),
    "Add": binary("add"),
    "ArgMax": arg_max,
    "AveragePool": pooling("avg_pool"),
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": lambda a, x: ("cat", {"tensors": x, "dim": a["axis"]}),
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Div": binary("div"),
    "Elu": unary("elu", alpha="alpha"),
    "Exp": unary("exp"),
    "Expand": expand,
    "Flatten": flatten,
    "Gather": gather,
    "GatherElements": lambda a, x: ("gather", {"input": x[0], "dim": a.get("axis", 0), "index": x[1]}),
    "Gemm": gemm,
    "GlobalAveragePool": global_pooling("adaptive_avg_pool"),
    "GlobalMaxPool": global_pooling("adaptive_max_pool"),
    "InstanceNormalization": instance_normalization,
    "LayerNormalization": layer_normalization,
    "LeakyRelu": unary("leaky_relu", alpha="negative_slope"),
    "Log": unary("log"),
    "LogSoftmax": lambda a, x: ("log_softmax", {"input": x[0], "dim": a.get("axis", -1)}),
    "MatMul": binary("matmul"),
    "Max": binary("maximum"),
    "MaxPool": pooling("max_pool"),
    "Min": binary("minimum"),
    "Mul": binary("mul"),
    "Neg": unary("neg"),
    "NegativeLogLikelihoodLoss": class_loss("nll_loss"),
    "Pad": pad,
    "Pow": binary("pow", "exponent"),
    "Reciprocal": unary("reciprocal"),
    "ReduceMean": reduction("mean"),
    "ReduceSum": reduction("sum"),
    "Relu": unary("relu"),
    "Reshape": reshape,
    "Sigmoid": unary("sigmoid"),
    "Slice": sliced,
    "Softmax": lambda a, x: ("softmax", {"input": x[0], "dim": a.get("axis", -1)}),
    "SoftmaxCrossEntropyLoss": class_loss("cross_entropy"),
    "Softplus": unary("softplus"),
    "Split": split,
    "Sqrt": unary("sqrt"),
    "Sub": binary("sub"),
    "Tanh": unary("tanh"),
    "Transpose": lambda a, x: ("permute", {"input": x[0], "dims": a.get("perm", list(range(x[0].ndim))[::-1])}),
    "Where": lambda a, x: ("where", {"condition": x[0], "input": x[1], "other": x[2]}),
}
# Those of which the first output alone is compared.
FIRST = {"BatchNormalization", "LayerNormalization", "SoftmaxCrossEntropyLoss"}
