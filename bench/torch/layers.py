"""Layers that several peers share."""
import math

import torch
import torch.nn.functional as F

SLOPE = 0.2
LEAKY_GAIN = math.sqrt(2 / (1 + SLOPE**2))


def conv(p, name, x, channels, kernel=1, gain=1.0, groups=1, bias=None, padding=None):
    """Convolution, with a bias where it has a name; odd kernels keep the size."""
    inputs = x.shape[1] // groups
    weight = p.get(name, (channels, inputs, kernel, kernel), gain / math.sqrt(inputs * kernel**2))
    shift = None if bias is None else p.get(bias, (channels,), 0.0)
    return F.conv2d(x, weight, shift, 1, kernel // 2 if padding is None else padding, 1, groups)


def leaky_conv(p, name, bias, x, channels, kernel=1, gain=LEAKY_GAIN, groups=1):
    return F.leaky_relu(conv(p, name, x, channels, kernel, gain, groups, bias), SLOPE)


def linear(p, name, x, outputs, gain=1.0):
    return x @ p.get(name, (x.shape[1], outputs), gain / math.sqrt(x.shape[1]))


def batch_norm(p, name, x):
    channels = x.shape[1]
    mean, variance = p.buffer(f"{name}/mean", (channels,)), p.buffer(f"{name}/variance", (channels,), mean=1.0)
    scale, shift = p.get(f"{name}/scale", (channels,), 0.0, 1.0), p.get(f"{name}/shift", (channels,), 0.0)
    training = p.draws is not None
    if training and not p.trained:
        mean = variance = None
    return F.batch_norm(x, mean, variance, scale, shift, training, 0.1, 1e-5)


def squared_slopes(logits, images):
    """Squared norm of the gradient of each image's mean logit, [N]."""
    (gradient,) = torch.autograd.grad(logits.mean(1).sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3))
