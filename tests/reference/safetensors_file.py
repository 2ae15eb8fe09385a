"""Safetensors files without the package of that name: 8 bytes with the header's size, the header in JSON, the elements."""
import json
import struct

import numpy

# By the end of the type's name in PyTorch and NumPy.
NAMES = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}
NAMES.update({"int64": "I64", "int32": "I32", "uint8": "U8"})
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "U8": "u1", "I32": "<i4", "I64": "<i8"}


def bytes_of(tensor):
    """The elements of a tensor of PyTorch or an array of NumPy. NumPy has no bfloat16, so that its bits are taken for
    integers."""
    if isinstance(tensor, numpy.ndarray):
        return tensor.tobytes()
    import torch

    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.contiguous().numpy().tobytes()


def save(path, tensors, metadata=None):
    """Writes tensors of PyTorch or arrays of NumPy."""
    header, data, size = {"__metadata__": metadata or {}}, [], 0
    for name, tensor in tensors.items():
        data.append(bytes_of(tensor))
        header[name] = {"dtype": NAMES[str(tensor.dtype).split(".")[-1]], "shape": list(tensor.shape),
                        "data_offsets": [size, size + len(data[-1])]}
        size += len(data[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def load(path):
    """The tensors of a file, as arrays of NumPy, and its metadata."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
