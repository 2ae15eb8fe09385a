"""Writes safetensors_from_python.safetensors, which safetensors_test.cpp reads.

Needs the Python packages numpy and safetensors. Run it again only to change what the file holds:
    python3 tests/reference/generate_safetensors.py
"""

from pathlib import Path

import numpy
from safetensors.numpy import save_file

tensors = {
    "layer.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4 - 0.5,
    "layer.bias": numpy.array([1e-300, -0.0, numpy.inf], dtype=numpy.float64),
    "images": numpy.array([[0, 1], [128, 255]], dtype=numpy.uint8),
    "labels": numpy.array([-1, 1 << 40, 7], dtype=numpy.int64),
    "index": numpy.array([-2, 1 << 30], dtype=numpy.int32),
    "scale": numpy.array(0.375, dtype=numpy.float32),
    "nothing": numpy.zeros((0, 4), dtype=numpy.float32),
    'Größe "x"\n': numpy.array([3], dtype=numpy.float32),
}
path = Path(__file__).with_name("safetensors_from_python.safetensors")
save_file(tensors, path, metadata={"épreuve": "numpy\t1"})
