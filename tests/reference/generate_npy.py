"""Writes the files of numpy/, which npy_test.cpp and npz_test.cpp read.

Needs the Python package numpy. Run it again only to change what the files hold:
    python3 tests/reference/generate_npy.py
"""

from pathlib import Path

import numpy
from numpy.lib import format as npy

folder = Path(__file__).with_name("numpy")
folder.mkdir(exist_ok=True)

# Of each type both ends of its range, and for floating-point numbers what is hard to convert.
arrays = {
    "bool": numpy.array([[True, False], [False, True]]),
    "uint8": numpy.array([[0, 1], [128, 255]], dtype="u1"),
    "fraction": numpy.array([0.5, -0.0, 1 / 3, numpy.inf], dtype="<f4"),
}
for size in (1, 2, 4, 8):
    least, most = -(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1
    for order in "<>":
        arrays[f"{order}i{size}"] = numpy.array([least, -1, 0, most], dtype=f"{order}i{size}")
        if 1 < size < 8:
            arrays[f"{order}u{size}"] = numpy.array([0, 2 * most + 1], dtype=f"{order}u{size}")
arrays["<u8"] = numpy.array([0, (1 << 63) - 1], dtype="<u8")
for order in "<>":
    # Zero, the least and the largest subnormal, the least normal, the largest, infinity.
    arrays[f"{order}f2"] = numpy.array(
        [-0.0, 2.0**-24, 1023 * 2.0**-24, 2.0**-14, -65504, numpy.inf, 1 / 3], dtype=f"{order}f2"
    )
    arrays[f"{order}f4"] = numpy.array([1 / 3, -1e-45, 3.4028235e38], dtype=f"{order}f4")
    arrays[f"{order}f8"] = numpy.array([1 / 3, -5e-324, 1.7976931348623157e308], dtype=f"{order}f8")
counting = numpy.arange(24).reshape(2, 3, 4)
arrays["fortran"] = numpy.asfortranarray(counting.astype("<i4"))
arrays["fortran_big"] = numpy.asfortranarray(counting.astype(">f8"))
arrays["number"] = numpy.array(0.375)
arrays["nothing"] = numpy.zeros((0, 4), dtype="<f4")
numpy.savez(folder / "stored.npz", **arrays)
numpy.savez_compressed(
    folder / "deflated.npz", inputs=numpy.tile(counting, (50, 1, 1)).astype("<f4"), targets=counting
)
numpy.savez(
    folder / "refused.npz",
    objects=numpy.array([{}], dtype=object),
    complex=numpy.array([1j]),
    texts=numpy.array(["a"]),
    bytes=numpy.array([b"a"]),
    dates=numpy.array(["2024-01-01"], dtype="M8[D]"),
    records=numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]),
    long=numpy.array([1], dtype=numpy.longdouble),
    above=numpy.array([1 << 63], dtype="u8"),
    deep=numpy.zeros((1,) * 9),
)
rows = numpy.arange(12)
numpy.savez(
    folder / "table.npz",
    x=numpy.stack([rows, rows**2], axis=1).astype("f4"),
    kinds=(rows % 3 + 8).astype("u1"),
    y=rows / 8,
)
for version in (1, 2, 3):
    with open(folder / f"version{version}.npy", "wb") as file:
        npy.write_array(file, numpy.arange(6, dtype="<f4").reshape(2, 3) / 4, version=(version, 0))
numpy.save(folder / "int64.npy", numpy.array([-1, 1 << 40, 7]))
numpy.save(folder / "uint8.npy", numpy.array([[[0, 255]]], dtype="u1"))
numpy.save(folder / "float64.npy", numpy.array(1 / 3))
