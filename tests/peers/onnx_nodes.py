#!/usr/bin/env python3
"""Runs ONNX's node tests here: those of one node, by the operation that computes what the node says.

usage: onnx_nodes.py PROGRAM [DATA] [--verbose]

PROGRAM is tests/peers/credence-peer-calls of a build. DATA is the folder of onnx.backend.test that has node, pytorch-
operator and pytorch-converted (default: /usr/share/libonnx-testdata/data, of Debian's libonnx-testdata). Credence
reads no ONNX: onnx_tables.py has the operation for a node. What such a table has no counterpart for counts as
refused, an operator that is not in it as absent. --verbose lists both. Needs the packages onnx and numpy.
"""
import functools
import pathlib
import sys

import numpy
import onnx
from onnx import numpy_helper

from onnx_tables import FIRST, OPERATORS, NoCounterpart
from peer_calls import Answer, Requests, Suite, difference, program_of

DATA = "/usr/share/libonnx-testdata/data"


def tensor_of(path):
    """The tensor of a file; None where it has another value, such as a sequence."""
    tensor = onnx.TensorProto()
    try:
        tensor.ParseFromString(path.read_bytes())
        return numpy_helper.to_array(tensor)
    except Exception:  # of protobuf and of onnx, for what is no tensor
        return None


def tensors_of(folder, kind):
    return [tensor_of(folder / f"{kind}_{i}.pb") for i in range(len(list(folder.glob(f"{kind}_*.pb"))))]


def attributes_of(node):
    values = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


def text_of(node, inputs):
    shapes = [None if x is None else f"{list(x.shape)} {x.dtype}" for x in inputs]
    return f"{attributes_of(node)} {shapes}"


def outputs_difference(first, expected, answer):
    expected = expected[:1] if first else expected
    if len(answer.outputs) != len(expected):
        return f"{len(answer.outputs)} outputs, expected {len(expected)}"
    return next(filter(None, map(difference, answer.outputs, expected)), "")


def run_test(suite, requests, folder):
    graph = onnx.load(str(folder / "model.onnx")).graph
    if len(graph.node) != 1:
        suite.missing("a graph of several nodes")
        return
    (node,) = graph.node
    if node.op_type not in OPERATORS:
        suite.missing(node.op_type)
        return
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    fed = [one.name for one in graph.input if one.name not in constants]
    for data in sorted(folder.glob("test_data_set_*")):
        known = {**constants, **dict(zip(fed, tensors_of(data, "input")))}
        inputs = [known.get(name) for name in node.input]
        run_node(suite, requests, node, inputs, tensors_of(data, "output"))


def run_node(suite, requests, node, inputs, expected):
    name, text, first = node.op_type, text_of(node, inputs), node.op_type in FIRST
    attributes = attributes_of(node)
    if name == "Split":
        attributes["outputs"] = len(node.output)
    try:
        if len(node.output) > 1 and not first and name != "Split":
            raise NoCounterpart(f"{len(node.output)} outputs")
        ours, arguments = OPERATORS[name](attributes, inputs)
    except NoCounterpart as problem:
        suite.refused(name, text, Answer("no counterpart", f"no counterpart for {problem}"))
        return
    compare = functools.partial(outputs_difference, first, expected)
    requests.add("operation", ours, arguments, lambda answer: suite.judge(name, text, answer, compare))


def main():
    arguments, verbose = program_of(__doc__, [1, 2])
    data = pathlib.Path(arguments[1] if len(arguments) > 1 else DATA)
    requests, suites = Requests(arguments[0]), []
    for kind in ("node", "pytorch-operator", "pytorch-converted"):
        suites.append(Suite(f"ONNX {onnx.__version__}, {kind}", verbose))
        for model in sorted((data / kind).glob("*/model.onnx")):
            run_test(suites[-1], requests, model.parent)
        requests.run()
    return max([suite.report() for suite in suites])


if __name__ == "__main__":
    sys.exit(main())
