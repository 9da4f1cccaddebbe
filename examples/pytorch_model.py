"""Loads a model that `./freshet model export TASK --format safetensors` wrote into PyTorch.

    from pytorch_model import load_model
    model, about = load_model("task-1-round-6.safetensors")
    logits = model(images)  # [n, channels, height, width], or [n, steps, readings], or [n, features]

`about` is what the file says of the model: how samples become inputs (`input`), what outputs
mean (`output`), and where it comes from (`origin`). A network of one's own takes the tensors by
`load_state_dict` too, if its modules have the same names. Needs torch; safetensors if there is.
"""

import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def load_model(path):
    """The network in evaluation mode, and what the file says of it."""
    about, tensors = read_file(path)
    model = Network(about["network"])
    model.load_state_dict(tensors)
    return model.eval(), about


class Network(nn.Module):
    """A network by the steps that an exported file lists."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        for step in steps:
            module = module_of(step)
            if module is not None:
                place(self, step["name"], module)

    def forward(self, x):
        values = {-1: x}
        for number, step in enumerate(self.steps):
            inputs = [values[of] for of in step["inputs"]]
            values[number] = self.compute(step, *inputs)
        return values[len(self.steps) - 1]

    def compute(self, step, x, other=None):
        operation = step["operation"]
        if operation == "addRelu":
            return F.relu(x + other)
        if operation == "maxPool2d":
            return F.max_pool2d(x, step["size"])
        if operation == "averageOfImage":
            return x.mean(dim=(2, 3))
        if operation == "flatten":
            return (x.permute(0, 2, 3, 1) if step.get("channelsLast") else x).flatten(1)
        if operation == "reshape":
            y = x.reshape(x.shape[0], *step["shape"])
            return y.permute(0, 3, 1, 2) if y.dim() == 4 else y
        module = self.get_submodule(step["name"])
        if operation == "gru":
            return module(x)[1][0]
        if operation == "conv2d" and step["padding"] == "same":
            x = F.pad(x, same_padding(x, step))
        y = module(x)
        return F.relu(y) if step["activation"] == "relu" else y


def module_of(step):
    """What holds a step's parameters; None where it has none."""
    operation = step["operation"]
    if operation == "linear":
        return nn.Linear(step["inputFeatures"], step["outputFeatures"])
    if operation == "conv2d":
        sizes = {"kernel_size": step["size"], "stride": step["strides"]}
        return nn.Conv2d(
            step["inputChannels"], step["filters"], groups=step["groups"], bias=step["bias"], **sizes
        )
    if operation == "batchNorm2d":
        return nn.BatchNorm2d(step["channels"], eps=step["epsilon"])
    if operation == "gru":
        return nn.GRU(step["inputFeatures"], step["units"], batch_first=True)
    return None


def place(parent, name, module):
    """Hangs a module in by its dotted name: "stem.norm" is the module "norm" of the module "stem"."""
    *folders, last = name.split(".")
    for folder in folders:
        if folder not in dict(parent.named_children()):
            parent.add_module(folder, nn.Module())
        parent = parent.get_submodule(folder)
    parent.add_module(last, module)


def same_padding(x, step):
    """As TensorFlow pads: left, right, top, bottom, an odd one on the right and below."""
    pads = []
    for axis in (1, 0):
        length, size, stride = x.shape[2 + axis], step["size"][axis], step["strides"][axis]
        added = max(0, (math.ceil(length / stride) - 1) * stride + size - length)
        pads += [added // 2, added - added // 2]
    return pads


def read_file(path):
    """Metadata and tensors of a safetensors file."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    about = {key: parsed(text) for key, text in header.pop("__metadata__").items()}
    try:
        from safetensors.torch import load_file

        return about, load_file(path)
    except ImportError:
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
            tensors[name] = flat.reshape(entry["shape"])
        return about, tensors


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text
