#!/usr/bin/env python3
"""Reads the files that the tests of the library safetensors have as strings, and those that its tests make.

usage: safetensors_strings.py PROGRAM CHECKOUT [--verbose]

PROGRAM is tests/peers/credence-peer-calls of a build. CHECKOUT is one of https://github.com/huggingface/safetensors.
The strings of safetensors/src/tensor.rs are right or wrong as the test there says, those of bindings/python/tests are
right; MADE has those that a test makes with code, and the claims of the README. A right one has to give the tensors
of the string, unless it has an element type that Credence does not read, which counts as refused. Prints a line for
each finding, and the counts. Needs numpy.
"""
import ast
import json
import pathlib
import re
import struct
import sys
import tempfile

import numpy

from peer_calls import Requests, Suite, difference, program_of
from safetensors_file import TYPES, load

LIAR = {"dtype": "F32", "shape": [1024, 1024], "data_offsets": [0, 4 << 20]}
MATRIX = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


ONE = b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
# What, whether it is right, the bytes.
MADE = [
    ("test_json_attack", False, file_of({f"weight_{i}": MATRIX for i in range(10)}, bytes(16))),
    ("test_header_too_large", False, struct.pack("<Q", 100_000_001) + b"{}" + b" " * 99_999_999),
    ("test_pread_backend", False, file_of({"liar": LIAR}, b"\0")),
    ("attack 1: a header beyond the file", False, struct.pack("<Q", 1000) + file_of({"a": MATRIX}, bytes(16))[8:]),
    ("attack 2: a header of 8 MB", False, file_of({f"weight_{i}": MATRIX for i in range(100_000)}, bytes(16))),
    ("README: a hole", False, file_of({"a": MATRIX, "b": {**MATRIX, "data_offsets": [20, 36]}}, bytes(36))),
    ("README: duplicate keys", False, file_of(b"{" + ONE + b"," + ONE + b"}", b"\0")),
    ("README: metadata of text", True, file_of({"__metadata__": {"a": "b"}, "x": MATRIX}, bytes(16))),
    ("README: metadata of numbers", False, file_of({"__metadata__": {"a": 1}, "x": MATRIX}, bytes(16))),
    ("README: a scalar", True, file_of({"x": {**MATRIX, "shape": [], "data_offsets": [0, 4]}}, bytes(4))),
    ("README: an empty tensor", True, file_of({"x": {**MATRIX, "shape": [2, 0], "data_offsets": [0, 0]}})),
    ("README: trailing spaces", True, file_of(json.dumps({"x": MATRIX}).encode() + b"   ", bytes(16))),
]


def rust_strings(text):
    """(test, whether right, bytes) for each deserialize of a string that stands in front of it."""
    calls = r'let serialized = b"((?:[^"\\]|\\.)*)";|(match )?SafeTensors::deserialize\(serialized\)'
    for body in re.split(r"\n    fn (?=test_)", text)[1:]:
        name = body.split("(")[0]
        found = None
        for match in re.finditer(calls, body):
            if match.group(1) is not None:
                found = ast.literal_eval(f'b"{match.group(1)}"')
            elif found is not None:
                yield name, match.group(2) is None, found
                found = None


def python_strings(path):
    """The literals that begin with the size of a header and a header."""
    for node in ast.walk(ast.parse(path.read_text())):
        value = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(value, bytes) or value[8:9] != b"{":
            continue
        if 8 + struct.unpack("<Q", value[:8])[0] <= len(value):
            yield f"{path.name}:{node.lineno}", True, value


def compare(path, answer):
    with numpy.errstate(all="ignore"):
        (size,) = struct.unpack("<Q", path.read_bytes()[:8])
        header = json.loads(path.read_bytes()[8 : 8 + size])
        header.pop("__metadata__", None)
        if any(entry["dtype"] not in TYPES for entry in header.values()):  # bfloat16
            return "" if len(answer.outputs) == len(header) else f"{len(answer.outputs)} tensors"
        tensors = list(load(path)[0].items())
    tensors.sort(key=lambda item: header[item[0]]["data_offsets"])
    if len(tensors) != len(answer.outputs):
        return f"{len(answer.outputs)} tensors, expected {len(tensors)}"
    return next(filter(None, (difference(ours, theirs) for ours, (_, theirs) in zip(answer.outputs, tensors))), "")


def main():
    (program, checkout), verbose = program_of(__doc__, [2])
    checkout = pathlib.Path(checkout)
    cases = list(rust_strings((checkout / "safetensors/src/tensor.rs").read_text())) + MADE
    for path in sorted((checkout / "bindings/python/tests").glob("*.py")):
        cases += python_strings(path)
    suite, requests = Suite("safetensors", verbose), Requests(program)
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, right, data) in enumerate(cases):
            path = pathlib.Path(folder) / f"{number}.safetensors"
            path.write_bytes(data)
            requests.add("operation", "load_safetensors", {"path": str(path)}, judge(suite, name, right, path))
        requests.run()
    return suite.report()


def judge(suite, name, right, path):
    text = str(path.read_bytes()[:120])

    def receive(answer):
        if right and answer.status == "refused" and "has the dtype" not in answer.message:
            suite.found(name, text, f"refused: {answer.message}")
        elif right:
            suite.judge(name, text, answer, lambda given: compare(path, given))
        else:
            suite.judge_error(name, text, False, answer)

    return receive


if __name__ == "__main__":
    sys.exit(main())
