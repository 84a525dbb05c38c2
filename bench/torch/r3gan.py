"""The bench's peer: the same R3GAN, losses, penalties and optimiser in PyTorch, written for speed in eager mode.

Settings come as JSON in the first argument; prints one JSON line a step with its seconds, then the peak memory.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)
R, BATCH, MICRO = settings["resolution"], settings["batch"], settings["microBatch"]
WIDTHS, BLOCKS, EXPANSION, GROUP_SIZE = (settings[k] for k in ("widths", "blocks", "expansion", "groupSize"))
LATENT = settings["latent"]
START = R >> (len(WIDTHS) - 1)
GAIN = math.sqrt(2 / 1.04) * (BLOCKS * len(WIDTHS)) ** -0.25
KERNEL = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
KERNEL = (KERNEL[:, None] * KERNEL[None, :])[None, None]


def conv(inputs, outputs, kernel=1, groups=1, gain=1.0):
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(inputs // groups * kernel * kernel))
    return layer


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inside = channels * EXPANSION
        groups = max(1, inside // GROUP_SIZE) if GROUP_SIZE else 1
        self.conv1 = conv(channels, inside, gain=GAIN)
        self.bias1 = nn.Parameter(torch.zeros(1, inside, 1, 1))
        self.conv2 = conv(inside, inside, 3, groups, gain=GAIN)
        self.bias2 = nn.Parameter(torch.zeros(1, inside, 1, 1))
        self.conv3 = conv(inside, channels, gain=1e-9)

    def forward(self, x):
        y = F.leaky_relu(self.conv1(x) + self.bias1, 0.2)
        y = F.leaky_relu(self.conv2(y) + self.bias2, 0.2)
        return x + self.conv3(y)


def down(x):
    n, c, h, w = x.shape
    return F.conv2d(x, KERNEL.expand(c, 1, 4, 4), stride=2, padding=1, groups=c)


def up(x):
    n, c, h, w = x.shape
    return F.conv_transpose2d(x, 4 * KERNEL.expand(c, 1, 4, 4), stride=2, padding=1, groups=c)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.basis = nn.Parameter(torch.randn(1, WIDTHS[0], START, START))
        self.linear = nn.Linear(LATENT, WIDTHS[0], bias=False)
        nn.init.normal_(self.linear.weight, 0, 1 / math.sqrt(LATENT))
        stages = []
        for i, width in enumerate(WIDTHS):
            change = i > 0 and WIDTHS[i - 1] != width
            transition = conv(WIDTHS[i - 1], width) if change else nn.Identity()
            stages.append(nn.ModuleList([transition, nn.Sequential(*[Block(width) for _ in range(BLOCKS)])]))
        self.stages = nn.ModuleList(stages)
        self.rgb = conv(WIDTHS[-1], 3)

    def forward(self, z):
        x = self.basis * self.linear(z)[:, :, None, None]
        for i, (transition, blocks) in enumerate(self.stages):
            if i > 0:
                x = up(transition(x))
            x = blocks(x)
        return self.rgb(x)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.rgb = conv(3, WIDTHS[-1])
        stages = []
        for i in reversed(range(len(WIDTHS))):
            change = i > 0 and WIDTHS[i - 1] != WIDTHS[i]
            transition = conv(WIDTHS[i], WIDTHS[i - 1]) if change else nn.Identity()
            stages.append(nn.ModuleList([nn.Sequential(*[Block(WIDTHS[i]) for _ in range(BLOCKS)]), transition]))
        self.stages = nn.ModuleList(stages)
        self.basis = nn.Parameter(torch.randn(1, WIDTHS[0], START, START) / START)
        self.linear = nn.Linear(WIDTHS[0], 1, bias=False)
        nn.init.normal_(self.linear.weight, 0, 1 / math.sqrt(WIDTHS[0]))

    def forward(self, images):
        x = self.rgb(images)
        for i, (blocks, transition) in enumerate(self.stages):
            x = blocks(x)
            if i < len(self.stages) - 1:
                x = transition(down(x))
        return self.linear((x * self.basis).sum((2, 3)))


G, D = Generator(), Discriminator()
ema = [p.detach().clone() for p in G.parameters()]
adam_g = torch.optim.Adam(G.parameters(), 2e-4, (0, 0.9), eps=1e-8)
adam_d = torch.optim.Adam(D.parameters(), 2e-4, (0, 0.9), eps=1e-8)
ROUNDS = BATCH // MICRO


def batch():
    real = torch.randint(0, 256, (MICRO, 3, R, R), dtype=torch.uint8).float() / 127.5 - 1
    return real, torch.randn(MICRO, LATENT)


def d_step():
    adam_d.zero_grad(set_to_none=True)
    for _ in range(ROUNDS):
        real, z = batch()
        with torch.no_grad():
            fake = G(z)
        images = torch.cat([real, fake]).requires_grad_()
        logits = D(images)
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        penalty = gradient.square().sum((1, 2, 3))
        loss = F.softplus(-(logits[:MICRO] - logits[MICRO:])).mean() + 0.5 * penalty.sum() / MICRO
        (loss / ROUNDS).backward()
    adam_d.step()


def g_step():
    adam_g.zero_grad(set_to_none=True)
    D.requires_grad_(False)
    for _ in range(ROUNDS):
        real, z = batch()
        with torch.no_grad():
            judged = D(real)
        loss = F.softplus(-(D(G(z)) - judged)).mean()
        (loss / ROUNDS).backward()
    D.requires_grad_(True)
    adam_g.step()
    with torch.no_grad():
        torch._foreach_lerp_(ema, list(G.parameters()), 0.01) if hasattr(torch, "_foreach_lerp_") else [e.lerp_(p, 0.01) for e, p in zip(ema, G.parameters())]


def report(**line):
    print(json.dumps(line), flush=True)


# One line on the standard input asks for one more measurement, so that two peers can take turns.
report(ready=True)
for line in sys.stdin:
    command = line.strip()
    start = time.perf_counter()
    if command == "train":
        d_step()
        middle = time.perf_counter()
        g_step()
        report(d=middle - start, g=time.perf_counter() - middle)
    elif command == "generate":
        with torch.inference_mode():
            G(torch.randn(settings["generate"], LATENT))
        report(seconds=time.perf_counter() - start)
    else:
        break
report(peakMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
