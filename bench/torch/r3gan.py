"""The bench's peer: the same R3GAN, losses, penalties and optimiser in PyTorch, written for speed in eager mode."""
import torch

from layers import linear, squared_slopes
from peer import LATENT, PAIRS, START, WIDTHS, Network, Peer, Phase, settings
from residual import feature_maps, logits_of, relativistic, stages

G, D = Network("G"), Network("D")


def generator(z):
    basis = G.get("start/basis", (1, WIDTHS[0], START, START), 1.0)
    return stages(G, basis * linear(G, "start/linear", z, WIDTHS[0])[:, :, None, None])


def discriminator(images):
    return logits_of(D, feature_maps(D, images))


def fakes(draws):
    return generator(draws.normal("z", PAIRS, LATENT))


def d_loss(draws):
    with torch.no_grad():
        fake = fakes(draws)
    images = torch.cat([draws.real(), fake]).requires_grad_()
    logits = discriminator(images)
    penalty = squared_slopes(logits, images).sum() / PAIRS
    return relativistic(logits[:PAIRS], logits[PAIRS:]) + settings["gamma"] / 2 * penalty


def g_loss(draws):
    with torch.no_grad():
        judged = discriminator(draws.real())
    return relativistic(discriminator(fakes(draws)), judged)


Peer([G, D], [Phase("D", [D], d_loss), Phase("G", [G], g_loss)], generator).serve()
