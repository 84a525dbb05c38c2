"""The bench's peer: the same DCGAN with spectral normalisation, non-saturating loss and Adam in PyTorch, written for speed in eager mode."""
import torch
import torch.nn.functional as F

from layers import SLOPE, batch_norm
from peer import LATENT, PAIRS, START, WIDTHS, Network, Peer, Phase

STD = 0.02
G, D = Network("G"), Network("D")


def generator(z):
    x = (z @ G.get("start", (LATENT, WIDTHS[0] * START**2), STD)).reshape(-1, WIDTHS[0], START, START)
    x = F.relu(batch_norm(G, f"norm{START}", x))
    for i, width in enumerate(WIDTHS[1:], 1):
        side = START << i
        x = F.conv_transpose2d(x, G.get(f"conv{side}", (x.shape[1], width, 4, 4), STD), stride=2, padding=1)
        x = F.relu(batch_norm(G, f"norm{side}", x))
    return torch.tanh(F.conv2d(x, G.get("rgb", (3, WIDTHS[-1], 3, 3), STD), G.get("bias", (3,), 0.0), padding=1))


def normed(name, *shape):
    """Weights over their largest singular value, by one step of power iteration."""
    weight, left = D.get(name, shape, STD), D.buffer(f"{name}/norm", (1, shape[0]), 1.0)
    matrix = weight.reshape(shape[0], -1)
    with torch.no_grad():
        right = F.normalize(left @ matrix)
        new = F.normalize(right @ matrix.T)
        if D.trained:
            left.copy_(new)
    return weight / (new @ matrix @ right.T).reshape(())


def discriminator(x):
    for i in reversed(range(len(WIDTHS))):
        first = i == len(WIDTHS) - 1
        name, kernel = ("rgb", 3) if first else (f"conv{START << i}", 4)
        weight, bias = normed(name, WIDTHS[i], x.shape[1], kernel, kernel), D.get(f"{name}/bias", (WIDTHS[i],), 0.0)
        x = F.leaky_relu(F.conv2d(x, weight, bias, stride=1 if first else 2, padding=1), SLOPE)
    x = x.flatten(1)
    return x @ normed("linear", 1, x.shape[1]).T


def d_loss(draws):
    with torch.no_grad():
        fake = generator(draws.normal("z", PAIRS, LATENT))
    logits = discriminator(torch.cat([draws.real(), fake]))
    return F.softplus(-logits[:PAIRS]).mean() + F.softplus(logits[PAIRS:]).mean()


def g_loss(draws):
    return F.softplus(-discriminator(generator(draws.normal("z", PAIRS, LATENT)))).mean()


Peer([G, D], [Phase("D", [D], d_loss), Phase("G", [G], g_loss)], generator).serve()
