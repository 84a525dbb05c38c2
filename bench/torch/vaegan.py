"""The bench's peer: the same VAE-GAN, penalties and objectives of three networks in PyTorch, written for speed in eager mode."""
import torch

from layers import squared_slopes
from peer import LATENT, PAIRS, WIDTHS, Network, Peer, Phase, settings
from residual import feature_maps, logits_of, relativistic
from variational import E, G, calibrated, decoder, divergence, encode

D = Network("D")
HALF, MIDDLE = (PAIRS + 1) // 2, len(WIDTHS) // 2


def middle_map(images):
    return feature_maps(D, images, MIDDLE)[-1]


def codes(draws, real):
    """Those of the first half of the real images, then fresh ones."""
    with torch.no_grad():
        code = encode(draws, real[:HALF])[2]
        return torch.cat([code, draws.normal("z", PAIRS, LATENT)[: PAIRS - HALF]])


def d_loss(draws):
    real = draws.real()
    with torch.no_grad():
        fake = decoder(codes(draws, real))
    images = torch.cat([real, fake]).requires_grad_()
    logits = logits_of(D, feature_maps(D, images))
    penalty = squared_slopes(logits, images).sum() / PAIRS
    return relativistic(logits[:PAIRS], logits[PAIRS:]) + settings["gamma"] / 2 * penalty


def e_loss(draws):
    real = draws.real()
    mean, log_variance, code = encode(draws, real)
    with torch.no_grad():
        wanted = middle_map(real)
    return calibrated(wanted, middle_map(decoder(code))) + divergence(mean, log_variance)


def g_loss(draws):
    real = draws.real()
    with torch.no_grad():
        wanted = feature_maps(D, real)
        judged = logits_of(D, wanted)
    got = feature_maps(D, decoder(codes(draws, real)))
    at = len(WIDTHS) - 1 - MIDDLE
    error = calibrated(wanted[at][:HALF], got[at][:HALF])
    return relativistic(logits_of(D, got), judged) + error * settings["extra"]["reconstruction"]


Peer([G, D, E], [Phase("D", [D], d_loss), Phase("E", [E], e_loss), Phase("G", [G], g_loss)], decoder).serve()
