"""PyTorch's side of the reinforcement benchmark: MDDR on the canonical game with roomy budgets.

Arguments: how networks are held ("apart": a module an agent, as is usual; "stacked": all agents'
in one batched product), threads, and the game as JSON: k, I, tau/2, mu by MU and MSP. Reads lines
"seed updates" and answers each with a line of JSON: processor seconds of collecting and of updating
(seconds of the clock with several threads), steps of environments, gradient steps, and the utilities at the end.
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn as nn

HOW, THREADS = sys.argv[1], int(sys.argv[2])
GAME = json.loads(sys.argv[3])
torch.set_num_threads(THREADS)
# Of two threads, processor seconds would count what one waits for the other.
clock = time.process_time if THREADS == 1 else time.perf_counter

ENVIRONMENTS, BUFFER, EPOCHS, MINIBATCH = 16, 256, 4, 128
CLIP, RATE, MAX_NORM, LOG_DEVIATION = 0.2, 3e-3, 5.0, -0.7
LOW, HIGH = GAME["low"], GAME["high"]
COST, CONTRIBUTION = np.array(GAME["k"]), np.array(GAME["I"])  # [N, M]
HALF, PROFIT = np.array(GAME["half"])[:, None], np.array(GAME["mu"])
N, M = COST.shape
THRESHOLD = COST / HALF
STEPS = BUFFER // ENVIRONMENTS


def respond(prices):
    """V [N, E, M] and utilities [N, E] for prices [N, E, M]: eqs 2, 12, 18, 19 of rational MUs whose budgets are slack."""
    u = np.sqrt(prices * CONTRIBUTION[:, None, :])
    joins = u >= 2 * THRESHOLD[:, None, :]
    value = np.where(joins, CONTRIBUTION[:, None, :] * (HALF[:, None] - COST[:, None, :] / u), 0)
    return value, PROFIT[:, None] * np.log1p(value.sum(2)) - (prices * value).sum(2)


class Stack(nn.Module):
    """All agents' perceptrons; x [N, rows, inputs]."""

    def __init__(self, widths, gain):
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            limit = math.sqrt(3 / inputs) * (gain if layer + 2 == len(widths) else 1)
            self.weights.append(nn.Parameter((2 * torch.rand(N, inputs, outputs) - 1) * limit))
            self.biases.append(nn.Parameter(torch.zeros(N, 1, outputs)))

    def forward(self, x):
        last = len(self.weights) - 1
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases)):
            x = torch.baddbmm(biases, x, weights)
            if layer < last:
                x = torch.tanh(x)
        return x


class Apart(nn.Module):
    """One agent's perceptron; x [rows, inputs]."""

    def __init__(self, widths, gain):
        super().__init__()
        layers = []
        for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            linear = nn.Linear(inputs, outputs)
            limit = math.sqrt(3 / inputs) * (gain if layer + 2 == len(widths) else 1)
            nn.init.uniform_(linear.weight, -limit, limit)
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.Tanh()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.layers(x)


class Moments:
    """Running mean and mean square of [N, rows, columns], by agent and column."""

    def __init__(self, columns, centred):
        self.count, self.centred = 0, centred
        self.mean, self.square = np.zeros((N, 1, columns)), np.zeros((N, 1, columns))

    def add(self, values):
        rows = values.shape[1]
        self.count += rows
        self.mean += (values.mean(1, keepdims=True) - self.mean) * rows / self.count
        self.square += ((values * values).mean(1, keepdims=True) - self.square) * rows / self.count

    def normalize(self, values):
        centre = self.mean if self.centred else 0
        variance = self.square - centre * centre
        return np.clip((values - centre) / np.sqrt(np.where(variance > 0, variance, 1)), -10, 10)


class Stacked:
    def __init__(self):
        self.actor, self.critic = Stack([M, 32, 32, M], 0.01), Stack([M, 32, 32, 1], 1)
        self.log_deviation = nn.Parameter(torch.full((N, 1, M), LOG_DEVIATION))
        self.actor_parameters = [*self.actor.parameters(), self.log_deviation]
        self.critic_parameters = list(self.critic.parameters())
        self.actor_adam = torch.optim.Adam(self.actor_parameters, lr=RATE, eps=1e-5)
        self.critic_adam = torch.optim.Adam(self.critic_parameters, lr=RATE, eps=1e-5)

    @torch.no_grad()
    def act(self, seen):
        mean, deviation = self.actor(seen), self.log_deviation.exp()
        draw = mean + deviation * torch.randn_like(mean)
        return draw, log_odds(mean, self.log_deviation, draw)

    @torch.no_grad()
    def values(self, seen):
        return self.critic(seen).squeeze(-1)

    def clip(self, parameters):
        norms = torch.sqrt(sum((p.grad * p.grad).flatten(1).sum(1) for p in parameters))
        factor = torch.clamp(MAX_NORM / (norms + 1e-12), max=1).view(N, 1, 1)
        for p in parameters:
            p.grad.mul_(factor)

    def improve(self, rows, seen, draws, old, advantages, returns):
        take = lambda x: torch.gather(x, 1, rows.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
        seen, draws = take(seen), take(draws)
        old, advantages, returns = (torch.gather(x, 1, rows) for x in (old, advantages, returns))
        advantages = (advantages - advantages.mean(1, keepdim=True)) / (
            advantages.std(1, unbiased=False, keepdim=True) + 1e-8
        )
        ratio = (log_odds(self.actor(seen), self.log_deviation, draws) - old).exp()
        clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
        loss = -torch.min(ratio * advantages, clipped * advantages).mean(1).sum()
        self.actor_adam.zero_grad(set_to_none=True)
        loss.backward()
        self.clip(self.actor_parameters)
        self.actor_adam.step()
        error = self.critic(seen).squeeze(-1) - returns
        self.critic_adam.zero_grad(set_to_none=True)
        (0.5 * error * error).mean(1).sum().backward()
        self.clip(self.critic_parameters)
        self.critic_adam.step()


class PerAgent:
    def __init__(self):
        self.agents = []
        for _ in range(N):
            actor, critic = Apart([M, 32, 32, M], 0.01), Apart([M, 32, 32, 1], 1)
            log_deviation = nn.Parameter(torch.full((1, M), LOG_DEVIATION))
            parameters = [*actor.parameters(), log_deviation]
            actor_adam = torch.optim.Adam(parameters, lr=RATE, eps=1e-5)
            critic_adam = torch.optim.Adam(critic.parameters(), lr=RATE, eps=1e-5)
            self.agents.append((actor, critic, log_deviation, parameters, actor_adam, critic_adam))

    @torch.no_grad()
    def act(self, seen):
        draws, odds = [], []
        for n, (actor, _, log_deviation, *_rest) in enumerate(self.agents):
            mean = actor(seen[n])
            draw = mean + log_deviation.exp() * torch.randn_like(mean)
            draws.append(draw)
            odds.append(log_odds(mean, log_deviation, draw))
        return torch.stack(draws), torch.stack(odds)

    @torch.no_grad()
    def values(self, seen):
        return torch.stack([agent[1](seen[n]).squeeze(-1) for n, agent in enumerate(self.agents)])

    def improve(self, rows, seen, draws, old, advantages, returns):
        for n, (actor, critic, log_deviation, parameters, actor_adam, critic_adam) in enumerate(self.agents):
            some = rows[n]
            x, a = seen[n][some], advantages[n][some]
            a = (a - a.mean()) / (a.std(unbiased=False) + 1e-8)
            ratio = (log_odds(actor(x), log_deviation, draws[n][some]) - old[n][some]).exp()
            loss = -torch.min(ratio * a, ratio.clamp(1 - CLIP, 1 + CLIP) * a).mean()
            actor_adam.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, MAX_NORM)
            actor_adam.step()
            error = critic(x).squeeze(-1) - returns[n][some]
            critic_adam.zero_grad(set_to_none=True)
            (0.5 * error * error).mean().backward()
            nn.utils.clip_grad_norm_(critic.parameters(), MAX_NORM)
            critic_adam.step()


def log_odds(mean, log_deviation, draw):
    noise = (draw - mean) * torch.exp(-log_deviation)
    return (-0.5 * noise * noise - log_deviation - 0.5 * math.log(2 * math.pi)).sum(-1)


def prices_of(draw):
    return LOW + (HIGH - LOW) / (1 + np.exp(-draw.astype(np.float64)))


def train(seed, updates):
    torch.manual_seed(seed)
    learner = Stacked() if HOW == "stacked" else PerAgent()
    moments, reward_moments = Moments(M, False), Moments(1, True)
    observed = np.zeros((N, ENVIRONMENTS, M))
    seen = torch.zeros(N, BUFFER, M)
    draws = torch.zeros(N, BUFFER, M)
    odds = torch.zeros(N, BUFFER)
    rewards = np.zeros((N, BUFFER, 1))
    collecting = updating = 0.0
    for _ in range(updates):
        begin = clock()
        for step in range(STEPS):
            at = slice(step * ENVIRONMENTS, (step + 1) * ENVIRONMENTS)
            moments.add(observed)
            x = torch.from_numpy(moments.normalize(observed).astype(np.float32))
            draw, log = learner.act(x)
            seen[:, at], draws[:, at], odds[:, at] = x, draw, log
            observed, utility = respond(prices_of(draw.numpy()))
            rewards[:, at, 0] = utility
        middle = clock()
        reward_moments.add(rewards)
        scaled = torch.from_numpy(reward_moments.normalize(rewards)[..., 0].astype(np.float32))
        # The discount is 0: the return is the reward.
        advantages = scaled - learner.values(seen)
        for _epoch in range(EPOCHS):
            order = torch.stack([torch.randperm(BUFFER) for _n in range(N)])
            for first in range(0, BUFFER, MINIBATCH):
                learner.improve(order[:, first : first + MINIBATCH], seen, draws, odds, advantages, scaled)
        end = clock()
        collecting += middle - begin
        updating += end - middle
    with torch.no_grad():
        for _ in range(8):
            x = torch.from_numpy(moments.normalize(observed[:, :1]).astype(np.float32))
            mean = learner.actor(x) if HOW == "stacked" else torch.stack([a[0](x[n]) for n, a in enumerate(learner.agents)])
            observed, utility = respond(prices_of(mean.numpy()))
    return {
        "collecting": collecting,
        "updating": updating,
        "steps": updates * BUFFER,
        "gradients": updates * EPOCHS * (BUFFER // MINIBATCH) * N,
        "utilities": utility[:, 0].tolist(),
    }


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    seed, updates = map(int, line.split())
    print(json.dumps(train(seed, updates)), flush=True)
