"""The bench's peer: the same StyleGAN2, losses, lazy penalty, style mixing and optimiser in PyTorch, written for speed in eager mode.

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
R, BATCH, MICRO, WIDTHS, LATENT = (settings[k] for k in ("resolution", "batch", "microBatch", "widths", "latent"))
STYLES, LAYERS = settings["extra"]["styles"], settings["extra"]["mappingLayers"]
START = R >> (len(WIDTHS) - 1)
ROUNDS, COUNT = BATCH // MICRO, 2 * len(WIDTHS)
PENALTY_EVERY, GAMMA, MIXING, GROUP = 16, 0.01, 0.9, 4
TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
KERNEL = (TAPS[:, None] * TAPS[None, :])[None, None]


def fir(x, pad, stride=1):
    c = x.shape[1]
    return F.conv2d(x, KERNEL.expand(c, 1, 4, 4), stride=stride, padding=pad, groups=c)


def up(x, padding=1):
    c = x.shape[1]
    return F.conv_transpose2d(x, 4 * KERNEL.expand(c, 1, 4, 4), stride=2, padding=padding, groups=c)


class Dense(nn.Module):
    def __init__(self, inputs, outputs, rate=1.0, bias=0.0, active=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.rate, self.active, self.scale = rate, active, rate / math.sqrt(inputs)

    def forward(self, x):
        y = F.linear(x * self.scale, self.weight, self.bias * self.rate)
        return F.leaky_relu(y, 0.2) * math.sqrt(2) if self.active else y


class Styled(nn.Module):
    def __init__(self, inputs, outputs, side, upsample):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(1, outputs, 1, 1))
        self.strength = nn.Parameter(torch.zeros(()))
        self.affine, self.side, self.upsample = Dense(STYLES, inputs, bias=1.0), side, upsample

    def forward(self, x, w):
        s = self.affine(w)
        d = (s.square() @ self.weight.square().sum((2, 3)).T + 1e-8).rsqrt()
        x = x * s[:, :, None, None]
        if self.upsample:
            # The filter first: transposed convolutions of many channels are slow here, and the order does not matter.
            x = F.conv2d(up(x, 0), self.weight.flip(2, 3))
        else:
            x = F.conv2d(x, self.weight, padding=1)
        noise = torch.randn(len(w), 1, self.side, self.side) * (self.strength * math.sqrt(2))
        return F.leaky_relu(x * (d * math.sqrt(2))[:, :, None, None] + (noise + self.bias * math.sqrt(2)), 0.2)


class ToRgb(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(3, inputs)), nn.Parameter(torch.zeros(1, 3, 1, 1))
        self.affine = Dense(STYLES, inputs, bias=1.0)

    def forward(self, x, w):
        n, c, h, _ = x.shape
        s = self.affine(w) / math.sqrt(c)
        return (torch.bmm(self.weight * s[:, None], x.reshape(n, c, h * h))).reshape(n, 3, h, h) + self.bias


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.mapping = nn.Sequential(*[Dense(LATENT if i == 0 else STYLES, STYLES, 0.01, active=True) for i in range(LAYERS)])
        self.const = nn.Parameter(torch.randn(1, WIDTHS[0], START, START))
        self.conv0 = nn.ModuleList([Styled(WIDTHS[i - 1], WIDTHS[i], START << i, True) for i in range(1, len(WIDTHS))])
        self.conv1 = nn.ModuleList([Styled(c, c, START << i, False) for i, c in enumerate(WIDTHS)])
        self.rgb = nn.ModuleList([ToRgb(c) for c in WIDTHS])

    def forward(self, z, other):
        n = len(z)
        both = torch.cat([z, other])
        w = self.mapping(both * (both.square().mean(1, keepdim=True) + 1e-8).rsqrt())
        cut = torch.where(torch.rand(n, 1, 1) < MIXING, torch.randint(1, COUNT, (n, 1, 1)), COUNT)
        share = (torch.arange(COUNT)[None, :, None] < cut).float()
        ws = w[n:, None] + share * (w[:n, None] - w[n:, None])
        x, image = self.const, None
        for i in range(len(WIDTHS)):
            if i > 0:
                x = self.conv0[i - 1](x, ws[:, 2 * i - 1])
            x = self.conv1[i](x, ws[:, 2 * i])
            y = self.rgb[i](x, ws[:, 2 * i + 1])
            image = y if image is None else up(image) + y
        return image


class Conv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, gain=1.0, active=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if active else None
        self.factor = gain * (math.sqrt(2) if active else 1)
        self.scale, self.stride, self.pad = self.factor / math.sqrt(inputs * kernel**2), stride, kernel // 2 if stride == 1 else 0

    def forward(self, x):
        if self.bias is None:
            return F.conv2d(x, self.weight * self.scale)
        return F.leaky_relu(F.conv2d(x, self.weight * self.scale, self.bias * self.factor, self.stride, self.pad), 0.2)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        half = math.sqrt(0.5)
        self.rgb = Conv(3, WIDTHS[-1], 1)
        pairs = [(WIDTHS[i], WIDTHS[i - 1]) for i in reversed(range(1, len(WIDTHS)))]
        self.skip = nn.ModuleList([Conv(a, b, 1, gain=half, active=False) for a, b in pairs])
        self.conv0 = nn.ModuleList([Conv(a, a, 3) for a, b in pairs])
        self.conv1 = nn.ModuleList([Conv(a, b, 3, 2, half) for a, b in pairs])
        c = WIDTHS[0]
        self.last, self.fc, self.out = Conv(c + 1, c, 3), Dense(c * START * START, c, active=True), Dense(c, 1)

    def forward(self, x):
        x = self.rgb(x)
        for skip, conv0, conv1 in zip(self.skip, self.conv0, self.conv1):
            x = skip(fir(x, 1, stride=2)) + conv1(fir(conv0(x), 2))
        n, c, h, w = x.shape
        groups = x.reshape(n // GROUP, GROUP, -1)
        deviation = (groups.var(1, unbiased=False) + 1e-8).sqrt().mean(1)
        x = torch.cat([x, deviation.repeat_interleave(GROUP)[:, None, None, None].expand(n, 1, h, w)], 1)
        return self.out(self.fc(self.last(x).flatten(1)))


G, D = Generator(), Discriminator()
ema = [p.detach().clone() for p in G.parameters()]
adam_g = torch.optim.Adam(G.parameters(), 2.5e-3, (0, 0.99), eps=1e-8)
adam_d = torch.optim.Adam(D.parameters(), 2.5e-3, (0, 0.99), eps=1e-8)


def fakes():
    return G(torch.randn(MICRO, LATENT), torch.randn(MICRO, LATENT))


def reals():
    return torch.randint(0, 256, (MICRO, 3, R, R), dtype=torch.uint8).float() / 127.5 - 1


def d_step():
    adam_d.zero_grad(set_to_none=True)
    for _ in range(ROUNDS):
        with torch.no_grad():
            fake = fakes()
        logits = D(torch.cat([reals(), fake]))
        loss = F.softplus(-logits[:MICRO]).mean() + F.softplus(logits[MICRO:]).mean()
        (loss / ROUNDS).backward()
    adam_d.step()


def penalty_step():
    adam_d.zero_grad(set_to_none=True)
    for _ in range(ROUNDS):
        images = reals().requires_grad_()
        (gradient,) = torch.autograd.grad(D(images).sum(), images, create_graph=True)
        (gradient.square().sum() / MICRO * (GAMMA / 2 * PENALTY_EVERY / ROUNDS)).backward()
    adam_d.step()


def g_step():
    adam_g.zero_grad(set_to_none=True)
    D.requires_grad_(False)
    for _ in range(ROUNDS):
        (F.softplus(-D(fakes())).mean() / ROUNDS).backward()
    D.requires_grad_(True)
    adam_g.step()
    with torch.no_grad():
        [e.lerp_(p, 0.01) for e, p in zip(ema, G.parameters())]


def report(**line):
    print(json.dumps(line), flush=True)


# One line on the standard input asks for one more measurement, so that two peers can take turns.
report(ready=True)
steps = 0
for line in sys.stdin:
    command = line.strip()
    start = time.perf_counter()
    if command == "train":
        for _ in range(settings["steps"]):
            d_step()
            if steps % PENALTY_EVERY == 0:
                penalty_step()
            g_step()
            steps += 1
    elif command == "generate":
        with torch.inference_mode():
            z = torch.randn(settings["generate"], LATENT)
            G(z, z)
    else:
        break
    report(seconds=time.perf_counter() - start)
report(peakMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
