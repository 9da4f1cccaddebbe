"""Flower's side of the benchmark of simulations: rounds on request, PyTorch in its clients.

Its argument is the case as JSON. Says a line of JSON when it is ready, and answers each line
that it reads, "rounds N", with one: the seconds that N rounds took.
"""

import json
import logging
import os
import sys
import time
import warnings

# Clients stand back behind other processes as ours do (YIELDING in EngineThreads.ts), not further.
os.environ["RAY_worker_niceness"] = "5"

import flwr
import torch
import torch.nn as nn
import torch.nn.functional as F
from flwr.app import ArrayRecord, MetricRecord, RecordDict
from flwr.app import Message
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

warnings.filterwarnings("ignore")
logging.getLogger("flwr").setLevel(logging.ERROR)
torch.set_num_threads(1)

CASE = json.loads(sys.argv[1])
SAMPLES = 5000


def model():
    if CASE["model"] == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 10))
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(7 * 7 * 32, 10),
    )


# One copy a process, made once: reading data is not what is measured.
prepared = []


def data():
    if not prepared:
        torch.manual_seed(1)
        prepared.append((torch.rand(SAMPLES, 1, 28, 28), torch.arange(SAMPLES) % 10))
    return prepared[0]


client_app = ClientApp()


@client_app.train()
def train(message: Message, context) -> Message:
    torch.set_num_threads(1)
    features, labels = data()
    images = CASE["images"]
    start = int(context.node_config["partition-id"]) * images % SAMPLES
    net = model()
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=CASE["learningRate"])
    order = start + torch.randperm(images)
    for first in range(0, images, CASE["batchSize"]):
        rows = order[first:first + CASE["batchSize"]] % SAMPLES
        optimizer.zero_grad()
        F.cross_entropy(net(features[rows]), labels[rows]).backward()
        optimizer.step()
    content = RecordDict({
        "arrays": ArrayRecord(net.state_dict()),
        "metrics": MetricRecord({"num-examples": images}),
    })
    return Message(content=content, reply_to=message)


class Asked(FedAvg):
    """Begins each round when it is asked to."""

    left = 0
    began = 0.0
    asked = 0

    def configure_train(self, server_round, arrays, config, grid):
        now = time.perf_counter()
        if self.left == 0:
            if self.asked > 0:
                say({"seconds": now - self.began, "rounds": self.asked})
            line = sys.stdin.readline()
            if not line:
                raise SystemExit
            self.asked = self.left = int(line.split()[1])
            self.began = time.perf_counter()
        self.left -= 1
        return super().configure_train(server_round, arrays, config, grid)


def say(answer):
    print(json.dumps(answer), flush=True)


server_app = ServerApp()


@server_app.main()
def serve(grid, context) -> None:
    strategy = Asked(
        fraction_train=CASE["perRound"] / CASE["clients"],
        fraction_evaluate=0.0,
        min_train_nodes=CASE["perRound"],
        min_available_nodes=CASE["clients"],
    )
    say({"version": f"Flower {flwr.__version__}, PyTorch {torch.__version__}"})
    strategy.start(grid=grid, initial_arrays=ArrayRecord(model().state_dict()), num_rounds=10**6)


run_simulation(
    server_app=server_app,
    client_app=client_app,
    num_supernodes=CASE["clients"],
    backend_config={
        "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
        "init_args": {"num_cpus": CASE["threads"], "include_dashboard": False, "log_to_driver": False},
    },
)
