"""The bench's peer: the same FastGAN, relativistic loss, self-supervised task and lazy penalties in PyTorch, written for speed in eager mode."""
import torch
import torch.nn.functional as F

from layers import LEAKY_GAIN, SLOPE, batch_norm, conv, leaky_conv, linear, squared_slopes
from peer import LATENT, PAIRS, RESOLUTION, START, WIDTHS, Network, Peer, Phase, settings

DECODER, POOLED, REACH = 64, 4, 3
G, D = Network("G"), Network("D")


def gated_conv(name, x, channels):
    y = conv(G, name, x, 2 * channels, 3)
    y = y + G.noise(f"{name}.noise", len(y), y.shape[2]) * G.get(f"{name}.strength", (), 0.0)
    return F.glu(batch_norm(G, f"{name}.norm", y), 1)


def excite(name, low, high):
    channels = high.shape[1]
    pooled = F.avg_pool2d(low, max(1, low.shape[2] // POOLED))
    seen = F.leaky_relu(conv(G, f"{name}/conv1", pooled, channels, pooled.shape[2], padding=0), 0.1)
    return high * torch.sigmoid(conv(G, f"{name}/conv2", seen, channels))


def generator(z):
    wide = linear(G, "start/linear", z, 2 * WIDTHS[0] * START**2).reshape(-1, 2 * WIDTHS[0], START, START)
    maps = [F.glu(batch_norm(G, "start/norm", wide), 1)]
    for i, width in enumerate(WIDTHS[1:], 1):
        at = f"b{START << i}"
        x = gated_conv(f"{at}/conv1", F.interpolate(maps[-1], scale_factor=2, mode="nearest"), width)
        if i % 2 == 1:
            x = gated_conv(f"{at}/conv2", x, width)
        maps.append(x if i < REACH else excite(f"{at}/excite", maps[i - REACH], x))
    return torch.tanh(conv(G, "rgb", maps[-1], 3, 3))


def judge(images):
    """Logits [N, K], and the feature maps of an eighth and a quarter of the side."""
    last = len(WIDTHS) - 2
    whole = part = leaky_conv(D, "pixels", "pixels.bias", F.pixel_unshuffle(images, 2), WIDTHS[last], 3)
    for i in reversed(range(1, last)):
        at, part = f"b{START << i}", whole
        x = leaky_conv(D, f"{at}/conv1", f"{at}/conv1.bias", part, part.shape[1], 3)
        x = leaky_conv(D, f"{at}/conv2", f"{at}/conv2.bias", F.avg_pool2d(x, 2), WIDTHS[i], 3)
        direct = leaky_conv(D, f"{at}/direct", f"{at}/direct.bias", F.avg_pool2d(part, 2), WIDTHS[i])
        whole = (x + direct) * 0.5**0.5
    seen = leaky_conv(D, "finish", "finish.bias", whole, whole.shape[1])
    return conv(D, "logits", seen, 1, START, padding=0).flatten(1), whole, part


def decode(name, x, height):
    for layer in ("conv1", "conv2"):
        if x.shape[2] < height:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.leaky_relu(conv(D, f"{name}/{layer}", x, DECODER, 3, LEAKY_GAIN), SLOPE)
    return torch.tanh(conv(D, f"{name}/rgb", x, 3, 3))


def quarter(x, choice):
    """One quarter of each map; which one, a number of 0, 1, 2, 3 says for each of the batch."""
    half = x.shape[2] // 2
    rows, columns = choice // 2 * half, choice % 2 * half
    return torch.stack([m[:, r : r + half, c : c + half] for m, r, c in zip(x, rows.tolist(), columns.tolist())])


def difference(drawn, real):
    factor = real.shape[2] // drawn.shape[2]
    return (drawn - (F.avg_pool2d(real, factor) if factor > 1 else real)).abs().mean()


def fakes(draws):
    return generator(draws.normal("z", PAIRS, LATENT))


def d_loss(draws):
    with torch.no_grad():
        fake = fakes(draws)
    real = draws.real()
    logits, whole, part = judge(torch.cat([real, fake]))
    choice = (draws.uniform("quarter", PAIRS, 1, 1, 1).flatten() * 4).long()
    drawn_whole = decode("decodeWhole", whole[:PAIRS], RESOLUTION)
    drawn_part = decode("decodePart", quarter(part[:PAIRS], choice), RESOLUTION // 2)
    task = difference(drawn_whole, real) + difference(drawn_part, quarter(real, choice))
    return F.softplus(-(logits[:PAIRS] - logits[PAIRS:])).mean() + task


def penalty(draws):
    with torch.no_grad():
        fake = fakes(draws)
    images = torch.cat([draws.real(), fake]).requires_grad_()
    return squared_slopes(judge(images)[0], images).sum() / PAIRS * (settings["gamma"] / 2 * settings["penaltyEvery"])


def g_loss(draws):
    with torch.no_grad():
        judged = judge(draws.real())[0]
    return F.softplus(-(judge(fakes(draws))[0] - judged)).mean()


phases = [Phase("D", [D], d_loss), Phase("Dpenalty", [D], penalty, settings["penaltyEvery"]), Phase("G", [G], g_loss)]
Peer([G, D], phases, generator).serve()
