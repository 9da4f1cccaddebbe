"""PyTorch's side of twin migration's benchmark: MO-MADDPG's update with the same networks.

Argument: sizes as JSON (users, servers by tier, features, width, batch, serverLinks). Reads lines with a number of
updates and answers each with a line of JSON: processor seconds of so many updates, on random moments of the right
shapes. Samples are one more dimension of every matrix; the encoder's propagation is a batched product with dense
matrices, and what is chosen is one, too: what PyTorch does fastest at these sizes.
"""

import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
S = json.loads(sys.argv[1])
V, TIERS, K, H, B = S["users"], S["serverTiers"], S["candidates"], S["width"], S["batch"]
M, UF, SF, PF, SL, O = sum(TIERS), S["userFeatures"], S["serverFeatures"], S["pairFeatures"], S["serverLevels"], S["objectives"]
LINKS = torch.tensor(S["serverLinks"], dtype=torch.float32).view(M, M)
OMEGA = torch.tensor(S["objectiveWeights"])
J = TIERS[0]
NONE = -10000.0


def linear(inputs, outputs, bias=True):
    return nn.Linear(inputs, outputs, bias=bias)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.users, self.servers = linear(UF, H), linear(SF, H)
        self.first, self.second = linear(H, H), linear(H, H)

    def forward(self, o):
        h0 = torch.cat([F.relu(self.users(o["users"])), F.relu(self.servers(o["servers"]))], 1)
        h1 = F.relu(self.first(torch.bmm(o["mix"], h0)))
        z = F.relu(self.second(torch.bmm(o["mix"], h1))) + h0
        return z[:, :V], z[:, V:]


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        half = H // 2
        self.user, self.server, self.pair = linear(H, half), linear(H, half, False), linear(PF, half, False)
        self.score, self.skip = linear(half, 1), linear(PF, 1, False)
        self.stay = nn.Parameter(torch.ones(1))
        self.level0, self.level1 = linear(H, H), linear(H, 1)
        self.edge0, self.edge1, self.cloud0, self.cloud1 = linear(H, H), linear(H, SL), linear(H, H), linear(H, SL)

    def forward(self, o):
        zv, zm = self.encoder(o)
        picked = torch.gather(self.server(zm), 1, o["index"].view(B, V * K, 1).expand(-1, -1, H // 2))
        hidden = self.user(zv).unsqueeze(2) + (picked.view(B, V, K, H // 2) * o["valid"].unsqueeze(3)) + self.pair(o["pairs"])
        logits = (self.score(F.relu(hidden)) + self.skip(o["pairs"])).squeeze(3)
        logits = torch.cat([logits[:, :, :1] + self.stay, logits[:, :, 1:]], 2)
        logits = torch.where(o["valid"] > 0, logits, torch.full_like(logits, NONE))
        level = self.level1(F.relu(self.level0(zv))).squeeze(2)
        edges = self.edge1(F.relu(self.edge0(zm[:, :J])))
        clouds = self.cloud1(F.relu(self.cloud0(zm[:, J:])))
        return logits, level, torch.cat([edges, clouds], 1)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.user, self.chosen, self.pair, self.level = linear(H, H), linear(H, H, False), linear(PF, H, False), linear(1, H, False)
        self.message, self.server, self.incoming = linear(H, H), linear(H, H), linear(H, H, False)
        self.edge, self.cloud = linear(SL, H, False), linear(SL, H, False)
        self.own, self.picked, self.around, self.value = linear(H, H), linear(H, H, False), linear(H, H, False), linear(H, O)
        self.hidden, self.server_value = linear(H, H), linear(H, O)

    def forward(self, o, weights, level, servers):
        zv, zm = self.encoder(o)
        P = (weights.unsqueeze(3) * o["hot"]).sum(2)
        pairs = (weights.unsqueeze(3) * o["pairs"]).sum(2)
        g = F.relu(self.user(zv) + torch.bmm(P, self.chosen(zm)) + self.pair(pairs) + self.level(level.unsqueeze(2)))
        came = torch.bmm(P.transpose(1, 2), F.relu(self.message(g))) * (M / V)
        acted = torch.cat([self.edge(servers[:, :J]), self.cloud(servers[:, J:])], 1)
        gm = F.relu(self.server(zm) + acted + self.incoming(came))
        h = F.relu(self.own(g) + self.picked(torch.bmm(P, gm)) + self.around(torch.bmm(o["around"], gm)))
        return self.value(h), self.server_value(F.relu(self.hidden(gm)))


def observation():
    index = torch.randint(0, M, (B, V, K))
    valid = (torch.rand(B, V, K) < 0.8).float()
    valid[:, :, 0] = 1
    links = (torch.rand(B, V, M) < 0.4).float()
    links.scatter_(2, index[:, :, :1], 1.0)
    A = torch.eye(V + M).repeat(B, 1, 1)
    A[:, :V, V:] = links
    A[:, V:, :V] = links.transpose(1, 2)
    A[:, V:, V:] = torch.clamp(LINKS + torch.eye(M), max=1)
    d = A.sum(2).rsqrt()
    return {
        "users": torch.randn(B, V, UF), "servers": torch.randn(B, M, SF),
        "pairs": torch.randn(B, V, K, PF) * valid.unsqueeze(3), "index": index, "valid": valid,
        "hot": F.one_hot(index, M).float() * valid.unsqueeze(3),
        "mix": A * d.unsqueeze(2) * d.unsqueeze(1), "around": links / links.sum(2, keepdim=True),
    }


def penalty(logits, level, servers, valid):
    clip = lambda x: x.clamp(-9.2102, 9.2102)
    return ((logits * valid) ** 2).mean() + (clip(level) ** 2).mean() + (clip(servers) ** 2).mean()


torch.manual_seed(1)
actor, critic, target_actor, target_critic = Actor(), Critic(), Actor(), Critic()
target_actor.load_state_dict(actor.state_dict())
target_critic.load_state_dict(critic.state_dict())
actor_adam = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_adam = torch.optim.Adam(critic.parameters(), lr=1e-3)
moments = [(observation(), observation(), F.one_hot(torch.zeros(B, V, dtype=torch.long), K).float(), torch.rand(B, V),
            torch.rand(B, M, SL), torch.randn(B, V, O), torch.randn(B, M, O)) for _ in range(4)]


def update(moment):
    now, after, weights, level, servers, user_rewards, server_rewards = moment
    with torch.no_grad():
        logits, next_level, next_servers = target_actor(after)
        best = F.one_hot(logits.argmax(2), K).float()
        qv, qm = target_critic(after, best, torch.sigmoid(next_level), torch.sigmoid(next_servers))
        yv, ym = user_rewards + 0.95 * qv, server_rewards + 0.95 * qm
    qv, qm = critic(now, weights, level, servers)
    loss = F.mse_loss(qv, yv) + F.mse_loss(qm, ym)
    critic_adam.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(critic.parameters(), 5.0)
    critic_adam.step()
    logits, level, servers = actor(now)
    noise = -torch.log(-torch.log(torch.rand_like(logits).clamp_min(1e-20)))
    soft = F.softmax(logits + noise, 2)
    hard = F.one_hot(soft.argmax(2), K).float() + soft - soft.detach()
    # What the critic learns from is not asked for here.
    for p in critic.parameters():
        p.requires_grad_(False)
    qv, qm = critic(now, hard, torch.sigmoid(level), torch.sigmoid(servers))
    loss = -(qv @ OMEGA).mean() - 0.3 * (qm @ OMEGA).mean() + 1e-3 * penalty(logits, level, servers, now["valid"])
    actor_adam.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(actor.parameters(), 1.0)
    actor_adam.step()
    for p in critic.parameters():
        p.requires_grad_(True)
    with torch.no_grad():
        for slow, fast in ((target_actor, actor), (target_critic, critic)):
            torch._foreach_mul_(list(slow.parameters()), 0.995)
            torch._foreach_add_(list(slow.parameters()), list(fast.parameters()), alpha=0.005)


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    count = int(line)
    begin = time.process_time()
    for n in range(count):
        update(moments[n % len(moments)])
    print(json.dumps({"seconds": time.process_time() - begin, "updates": count}), flush=True)
