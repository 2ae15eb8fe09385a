"""What PyTorch's operations, modules and optimisers are called here, and the names of their arguments in order."""

import torch

POOL = "input kernel_size stride padding ceil_mode"
MAX_POOL = "input kernel_size stride padding dilation ceil_mode return_indices"
CLASSES = "weight size_average ignore_index reduce reduction"
LOSS = "input target size_average reduce reduction"


def sliced(arguments):
    """Python's counting from the end is resolved."""
    bounds = slice(*(arguments.get(name) for name in ("start", "end", "step")))
    start, end, step = bounds.indices(arguments["input"].shape[arguments["dim"]])
    return {**arguments, "start": start, "end": end, "step": step}


# PyTorch's name: ours, the arguments, and a function that changes them.
OPERATIONS = {
    "add": ("add", "input other"),
    "sub": ("sub", "input other"),
    "mul": ("mul", "input other"),
    "true_divide": ("div", "input other"),
    "div/no_rounding_mode": ("div", "input other"),
    "__radd__": ("add", "input other"),
    "__rmul__": ("mul", "input other"),
    "__rdiv__": ("rdiv", "input other"),
    "rsub": ("rsub", "input other"),
    "neg": ("neg", "input"),
    "maximum": ("maximum", "input other"),
    "minimum": ("minimum", "input other"),
    "max/binary": ("maximum", "input other"),
    "min/binary": ("minimum", "input other"),
    "logaddexp": ("logaddexp", "input other"),
    "pow": ("pow", "input exponent"),
    "__rpow__": ("rpow", "input other"),
    "clamp": ("clamp", "input min max"),
    "clamp_min": ("clamp", "input min"),
    "clamp_max": ("clamp", "input max"),
    "where": ("where", "input condition other"),
    "sigmoid": ("sigmoid", "input"),
    "tanh": ("tanh", "input"),
    "exp": ("exp", "input"),
    "log": ("log", "input"),
    "log1p": ("log1p", "input"),
    "sqrt": ("sqrt", "input"),
    "square": ("square", "input"),
    "abs": ("abs", "input"),
    "reciprocal": ("reciprocal", "input"),
    "softmax": ("softmax", "input dim dtype"),
    "softmax/with_dtype": ("softmax", "input dim dtype"),
    "log_softmax": ("log_softmax", "input dim dtype"),
    "log_softmax/dtype": ("log_softmax", "input dim dtype"),
    "matmul": ("matmul", "input other"),
    "__rmatmul__": ("rmatmul", "input other"),
    "mm": ("matmul", "input other"),
    "bmm": ("matmul", "input other"),
    "mv": ("matmul", "input other"),
    "dot": ("matmul", "input other"),
    "sum": ("sum", "input dim keepdim"),
    "mean": ("mean", "input dim keepdim"),
    "argmax": ("argmax", "input dim keepdim"),
    "reshape": ("reshape", "input *shape"),
    "view": ("reshape", "input *shape"),
    "flatten": ("flatten", "input start_dim end_dim"),
    "transpose": ("transpose", "input dim0 dim1"),
    "permute": ("permute", "input *dims"),
    "broadcast_to": ("broadcast_to", "input *size"),
    "expand": ("expand", "input *size"),
    "cat": ("cat", "tensors dim"),
    "split": ("split", "input split_size_or_sections dim"),
    "split/list_args": ("split", "input split_size_or_sections dim"),
    "split_with_sizes": ("split", "input split_size_or_sections dim"),
    "gather": ("gather", "input dim index"),
    "slice": ("slice", "input dim start end step", sliced),
    "nn.functional.relu": ("relu", "input"),
    "nn.functional.leaky_relu": ("leaky_relu", "input negative_slope"),
    "nn.functional.elu": ("elu", "input alpha"),
    "nn.functional.gelu": ("gelu", "input"),
    "nn.functional.silu": ("silu", "input"),
    "nn.functional.softplus": ("softplus", "input beta threshold"),
    "nn.functional.logsigmoid": ("logsigmoid", "input"),
    "nn.functional.pad/constant": ("pad", "input pad mode value"),
    "nn.functional.pad/circular": ("pad", "input pad mode value"),
    "nn.functional.embedding": ("embedding", "input weight padding_idx max_norm norm_type scale_grad_by_freq sparse"),
    "nn.functional.one_hot": ("one_hot", "tensor num_classes"),
    "nn.functional.linear": ("linear", "input weight bias"),
    "nn.functional.conv1d": ("convolution", "input weight bias stride padding dilation groups"),
    "nn.functional.conv2d": ("convolution", "input weight bias stride padding dilation groups"),
    "nn.functional.conv_transpose1d": (
        "transposed_convolution",
        "input weight bias stride padding output_padding groups dilation",
    ),
    "nn.functional.conv_transpose2d": (
        "transposed_convolution",
        "input weight bias stride padding output_padding groups dilation",
    ),
    "nn.functional.conv_transpose3d": (
        "transposed_convolution",
        "input weight bias stride padding output_padding groups dilation",
    ),
    "nn.functional.max_pool1d": ("max_pool1d", MAX_POOL),
    "nn.functional.max_pool2d": ("max_pool2d", MAX_POOL),
    "nn.functional.max_pool3d": ("max_pool3d", MAX_POOL),
    "nn.functional.avg_pool1d": ("avg_pool1d", POOL + " count_include_pad"),
    "nn.functional.avg_pool2d": ("avg_pool2d", POOL + " count_include_pad divisor_override"),
    "nn.functional.avg_pool3d": ("avg_pool3d", POOL + " count_include_pad divisor_override"),
    "nn.functional.adaptive_avg_pool1d": ("adaptive_avg_pool1d", "input output_size"),
    "nn.functional.adaptive_avg_pool2d": ("adaptive_avg_pool2d", "input output_size"),
    "nn.functional.adaptive_avg_pool3d": ("adaptive_avg_pool3d", "input output_size"),
    "nn.functional.adaptive_max_pool1d": ("adaptive_max_pool1d", "input output_size return_indices"),
    "nn.functional.adaptive_max_pool2d": ("adaptive_max_pool2d", "input output_size return_indices"),
    "nn.functional.adaptive_max_pool3d": ("adaptive_max_pool3d", "input output_size return_indices"),
    "nn.functional.batch_norm": ("batch_norm", "input running_mean running_var weight bias training momentum eps"),
    "nn.functional.layer_norm": ("layer_norm", "input normalized_shape weight bias eps"),
    "nn.functional.group_norm": ("group_norm", "input num_groups weight bias eps"),
    "nn.functional.nll_loss": ("nll_loss", "input target " + CLASSES),
    "nn.functional.cross_entropy": ("cross_entropy", "input target " + CLASSES + " label_smoothing"),
    "nn.functional.binary_cross_entropy_with_logits": (
        "binary_cross_entropy_with_logits",
        "input target weight size_average reduce reduction pos_weight",
    ),
    "nn.functional.mse_loss": ("mse_loss", LOSS),
    "nn.functional.l1_loss": ("l1_loss", LOSS),
    "nn.functional.huber_loss": ("huber_loss", "input target reduction delta"),
    "nn.functional.smooth_l1_loss": ("smooth_l1_loss", LOSS + " beta"),
}

CONV = "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode device dtype"
TRANSPOSED = (
    "in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode device dtype"
)
NORM = "num_features eps momentum affine track_running_stats device dtype"

# PyTorch's name: ours, the arguments of the constructor; for one that is an operation here, also those of a call.
MODULES = {
    "Linear": ("Linear", "in_features out_features bias device dtype"),
    "Conv1d": ("Conv1d", CONV),
    "Conv2d": ("Conv2d", CONV),
    "Conv3d": ("Conv3d", CONV),
    "ConvTranspose1d": ("ConvTranspose1d", TRANSPOSED),
    "ConvTranspose2d": ("ConvTranspose2d", TRANSPOSED),
    "ConvTranspose3d": ("ConvTranspose3d", TRANSPOSED),
    "BatchNorm1d": ("BatchNorm1d", NORM),
    "BatchNorm2d": ("BatchNorm2d", NORM),
    "BatchNorm3d": ("BatchNorm3d", NORM),
    "LayerNorm": ("LayerNorm", "normalized_shape eps elementwise_affine bias device dtype"),
    "GroupNorm": ("GroupNorm", "num_groups num_channels eps affine device dtype"),
    "Embedding": ("Embedding", "num_embeddings embedding_dim padding_idx max_norm norm_type scale_grad_by_freq sparse"),
    "ReLU": ("relu", "inplace", "input"),
    "ELU": ("elu", "alpha inplace", "input"),
    "Sigmoid": ("sigmoid", "", "input"),
    "Tanh": ("tanh", "", "input"),
    "GELU": ("gelu", "approximate", "input"),
    "SiLU": ("silu", "inplace", "input"),
    "LeakyReLU": ("leaky_relu", "negative_slope inplace", "input"),
    "Softplus": ("softplus", "beta threshold", "input"),
    "LogSigmoid": ("logsigmoid", "", "input"),
    "Softmax": ("softmax", "dim", "input"),
    "LogSoftmax": ("log_softmax", "dim", "input"),
    "ConstantPad1d": ("pad", "pad value", "input"),
    "ConstantPad2d": ("pad", "pad value", "input"),
    "ConstantPad3d": ("pad", "pad value", "input"),
    "ZeroPad2d": ("pad", "pad", "input"),
    "AvgPool1d": ("avg_pool1d", "kernel_size stride padding ceil_mode count_include_pad", "input"),
    "AvgPool2d": ("avg_pool2d", "kernel_size stride padding ceil_mode count_include_pad divisor_override", "input"),
    "AvgPool3d": ("avg_pool3d", "kernel_size stride padding ceil_mode count_include_pad divisor_override", "input"),
    "MaxPool1d": ("max_pool1d", "kernel_size stride padding dilation return_indices ceil_mode", "input"),
    "MaxPool2d": ("max_pool2d", "kernel_size stride padding dilation return_indices ceil_mode", "input"),
    "MaxPool3d": ("max_pool3d", "kernel_size stride padding dilation return_indices ceil_mode", "input"),
    "AdaptiveAvgPool1d": ("adaptive_avg_pool1d", "output_size", "input"),
    "AdaptiveAvgPool2d": ("adaptive_avg_pool2d", "output_size", "input"),
    "AdaptiveAvgPool3d": ("adaptive_avg_pool3d", "output_size", "input"),
    "AdaptiveMaxPool1d": ("adaptive_max_pool1d", "output_size return_indices", "input"),
    "AdaptiveMaxPool2d": ("adaptive_max_pool2d", "output_size return_indices", "input"),
    "AdaptiveMaxPool3d": ("adaptive_max_pool3d", "output_size return_indices", "input"),
    "L1Loss": ("l1_loss", "size_average reduce reduction", "input target"),
    "MSELoss": ("mse_loss", "size_average reduce reduction", "input target"),
    "HuberLoss": ("huber_loss", "reduction delta", "input target"),
    "SmoothL1Loss": ("smooth_l1_loss", "size_average reduce reduction beta", "input target"),
    "NLLLoss": ("nll_loss", CLASSES, "input target"),
    "CrossEntropyLoss": ("cross_entropy", CLASSES + " label_smoothing", "input target"),
    "BCEWithLogitsLoss": (
        "binary_cross_entropy_with_logits",
        "weight size_average reduce reduction pos_weight",
        "input target",
    ),
}

# Settings for a PyTorch that does not list its own.
OPTIMIZERS = {
    "SGD": {
        "lr": [0.01, 1],
        "momentum": [0, 0.9],
        "dampening": [0, 0.5],
        "weight_decay": [0, 0.1],
        "nesterov": [False, True],
        "maximize": [False, True],
    },
    "Adam": {
        "lr": [0.001, 0.01],
        "betas": [(0.9, 0.999), (0.8, 0.9), (0, 0)],
        "eps": [1e-8, 0.1],
        "weight_decay": [0, 0.1],
        "amsgrad": [False, True],
        "maximize": [False, True],
    },
    "AdamW": {
        "lr": [0.001, 0.01],
        "betas": [(0.9, 0.999), (0.8, 0.9), (0, 0)],
        "eps": [1e-8, 0.1],
        "weight_decay": [0, 0.01, 0.9],
        "amsgrad": [False, True],
        "maximize": [False, True],
    },
}

# Which error inputs Credence takes, by our name and the arguments: an image without channels has an empty result.
TAKEN = [lambda ours, arguments: "pool" in ours and arguments["input"].ndim > 1 and arguments["input"].shape[0] == 0]


def has_nan(*inputs):
    return any(torch.is_tensor(one) and one.isnan().any() for one in inputs)


def negative_base(base, exponent):
    return torch.is_tensor(exponent) and (torch.as_tensor(base) < 0).any()


# Of reference inputs, the operations whose gradient differs, and those inputs of others whose value or gradient does:
# docs/numerics.md has both.
NO_GRADIENT = {"maximum", "minimum", "max/binary", "min/binary"}  # equal elements
DIFFERENT = {
    "pow": negative_base,
    "__rpow__": lambda exponent, base: negative_base(base, exponent),
    "nn.functional.elu": has_nan,
    "clamp": has_nan,
    "clamp_min": has_nan,
    "clamp_max": has_nan,
    "nn.functional.silu": lambda x: x.isinf().any(),
}
