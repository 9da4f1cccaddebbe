"""PyTorch's side of the learning benchmark: trains on request, one thread.

Reads lines "network steps" and answers each with a line of JSON: images trained and
processor seconds.
"""

import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv0 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.norm0 = nn.BatchNorm2d(filters)
        self.conv1 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = F.relu(self.norm0(self.conv0(x)))
        return F.relu(self.norm1(self.conv1(y)) + self.shortcut(x))


def resnet18():
    layers = [nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for stage, filters in enumerate([64, 128, 256, 512]):
        for block in range(2):
            layers.append(BasicBlock(inputs, filters, 2 if stage > 0 and block == 0 else 1))
            inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


NETWORKS = {
    "mlp": (32, lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 10))),
    "cnn": (
        32,
        lambda: nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(7 * 7 * 32, 10),
        ),
    ),
    "resnet18": (16, resnet18),
}

prepared = {}


def prepare(name):
    if name not in prepared:
        batch, make = NETWORKS[name]
        model = make().train()
        x = torch.rand(batch, 1, 28, 28)
        labels = torch.arange(batch) % 10
        prepared[name] = (batch, model, torch.optim.SGD(model.parameters(), lr=0.01), x, labels)
    return prepared[name]


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    name, steps = line.split()
    batch, model, optimizer, x, labels = prepare(name)
    begin = time.process_time()
    for _ in range(int(steps)):
        optimizer.zero_grad()
        F.cross_entropy(model(x), labels).backward()
        optimizer.step()
    seconds = time.process_time() - begin
    print(json.dumps({"images": batch * int(steps), "seconds": seconds}), flush=True)
