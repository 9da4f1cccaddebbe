"""Runs exported models with ONNX Runtime, and prints what they give, as JSON.

Its argument is a file with a list of cases: {"model": path, "shape": of the inputs, "inputs": path of float32}.
"""

import json
import sys

import numpy
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3
answers = []
with open(sys.argv[1]) as file:
    cases = json.load(file)
for case in cases:
    session = onnxruntime.InferenceSession(case["model"], options, providers=["CPUExecutionProvider"])
    x = numpy.fromfile(case["inputs"], dtype="<f4").reshape(case["shape"])
    (output,) = session.run(["output"], {"input": x})
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["format"] == "freshet-export/1", metadata
    answers.append(output.reshape(-1).tolist())
print(json.dumps({"version": onnxruntime.__version__, "outputs": answers}))
