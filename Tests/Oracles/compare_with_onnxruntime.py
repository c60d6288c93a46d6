"""For each X.onnx with a sibling X.copy.onnx: checks the copy, runs both, prints the largest
difference.

Usage: compare_with_onnxruntime.py DIRECTORY
"""

import glob
import sys

import numpy
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)
for copy in sorted(glob.glob(sys.argv[1] + "/*.copy.onnx")):
    onnx.checker.check_model(copy, full_check=True)
    results = []
    for file in (copy.replace(".copy", ""), copy):
        session = onnxruntime.InferenceSession(file)
        declared = session.get_inputs()[0]
        shape = [2 if isinstance(size, str) else size for size in declared.shape]
        x = numpy.random.RandomState(0).standard_normal(shape).astype("float32")
        results.append(session.run(None, {declared.name: x})[0])
    name = copy.split("/")[-1].split(".")[0]
    difference = numpy.abs(results[0] - results[1]).max()
    # Operators may be written otherwise than they were read; then their sums round otherwise.
    print(name, results[0].shape, "same" if difference <= 1e-6 else difference)
