"""Loads exported models with PyTorch by examples/pytorch_model.py, and prints what they give, as JSON.

Its argument is a file with a list of cases: {"model": path, "shape": of the inputs, "inputs": path of float32}.
"""

import json
import os
import sys

import numpy
import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../../examples"))
from pytorch_model import load_model  # noqa: E402

torch.set_num_threads(1)
answers = []
with open(sys.argv[1]) as file:
    cases = json.load(file)
for case in cases:
    model, about = load_model(case["model"])
    x = torch.from_numpy(numpy.fromfile(case["inputs"], dtype="<f4").reshape(case["shape"]))
    # Images have their channels first in PyTorch.
    if x.dim() == 4:
        x = x.permute(0, 3, 1, 2)
    with torch.no_grad():
        answers.append(model(x).reshape(-1).tolist())
print(json.dumps({"version": torch.__version__, "outputs": answers}))
