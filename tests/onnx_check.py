#!/usr/bin/env python3
"""Runs ONNX files in ONNX Runtime and compares their outputs with ours.

usage: onnx_check.py FOLDER

Beside each NAME.onnx of the folder stands NAME.safetensors: the inputs under their names in the graph, and
our outputs likewise. Prints the largest difference of each output. Exit status 1 where one is above
1e-5 times the larger of 1 and the output's largest magnitude, or above a thousandth of that magnitude,
which small variances need: they are squares of differences of probabilities.
Where the package onnx is installed, its checker reads each file too.
"""
import pathlib
import sys

import numpy
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).parent / "reference"))
from safetensors_file import load  # noqa: E402

def differences(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tensors = load(path.with_suffix(".safetensors"))[0]
    inputs = {one.name: tensors.pop(one.name) for one in session.get_inputs()}
    outputs = [one.name for one in session.get_outputs()]
    if sorted(outputs) != sorted(tensors):
        raise SystemExit(f"{path.name}: has the outputs {outputs}, expected {sorted(tensors)}")
    for name, theirs in zip(outputs, session.run(outputs, inputs)):
        ours = tensors[name]
        if theirs.shape != ours.shape:
            raise SystemExit(f"{path.name}: {name} has the shape {theirs.shape}, expected {ours.shape}")
        largest = float(numpy.abs(ours).max(initial=0))
        difference = float(numpy.abs(theirs.astype("f8") - ours).max(initial=0))
        yield name, largest, difference


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    if not files:
        raise SystemExit("no file *.onnx in " + sys.argv[1])
    try:
        import onnx
    except ImportError:
        onnx = None
    failed = False
    print(f"onnxruntime {onnxruntime.__version__}, checker: {'onnx ' + onnx.__version__ if onnx else 'none'}")
    print("| file | output | largest magnitude | largest difference |\n| --- | --- | ---: | ---: |")
    for path in files:
        if onnx:
            onnx.checker.check_model(str(path), full_check=True)
        for name, largest, difference in differences(path):
            wrong = not difference <= min(1e-5 * max(1.0, largest), 1e-3 * largest)
            failed = failed or wrong
            print(f"| {path.stem} | {name} | {largest:.4g} | {difference:.2g} |{' above the bound' if wrong else ''}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
