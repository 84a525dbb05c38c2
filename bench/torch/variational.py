"""Encoder, decoder and bound of the autoencoders."""
import math

import torch

from layers import linear
from peer import LATENT, RESOLUTION, START, WIDTHS, Network, settings
from residual import feature_maps, stages

LEAST_VARIANCE = 1e-5
G, E = Network("G"), Network("E")


def decoder(z):
    shape = 1, WIDTHS[0], START, START
    scale = linear(G, "start/linear", z, WIDTHS[0])[:, :, None, None]
    return stages(G, G.get("start/basis", shape, 1.0) * scale + G.get("start/constant", shape, 0.0))


def encode(draws, images):
    """Means, log variances, and a code drawn for each image."""
    x = feature_maps(E, images)[-1].flatten(1)
    size = x.shape[1]

    def head(name, gain):
        weight = E.get(f"{name}/weight", (size, LATENT), gain)
        return torch.addmm(E.get(f"{name}/bias", (LATENT,), 0.0), x, weight, alpha=1 / math.sqrt(size))

    mean, log_variance = head("mean", 0.1), head("logVariance", 0.0)
    code = mean + (log_variance / 2).exp() * draws.normal("code", len(images), LATENT)
    return mean, log_variance, code


def calibrated(x, y):
    return (torch.nn.functional.mse_loss(x, y) + LEAST_VARIANCE).log() / 2


def divergence(mean, log_variance):
    """Charge for the divergence of the codes, a pixel value."""
    weight = settings["beta"] / (3 * RESOLUTION**2)
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum() / (2 * len(mean)) * weight
