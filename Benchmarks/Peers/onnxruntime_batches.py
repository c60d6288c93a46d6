"""Outputs of an ONNX file by onnxruntime, as its users would ask for them.

    python onnxruntime_batches.py NET.onnx BATCH THREADS

Prints "ready"; then, for each number of batches on standard input, the milliseconds each took and
the most memory the process has had, in MB. Spinning threads are off, as ours sleep too.
"""

import resource
import sys
import time

import numpy
import onnxruntime


def main(file, batch, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    asked = session.get_inputs()[0]
    shape = [int(batch)] + list(asked.shape[1:])
    values = numpy.random.default_rng(1).standard_normal(shape).astype(numpy.float32)
    inputs = {asked.name: values}

    session.run(None, inputs)
    print("ready", flush=True)
    for line in sys.stdin:
        count = int(line)
        began = time.perf_counter()
        for _ in range(count):
            session.run(None, inputs)
        elapsed = (time.perf_counter() - began) / count * 1000
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(elapsed, memory, flush=True)


main(*sys.argv[1:])
