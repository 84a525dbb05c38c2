"""The residual stages of R3GAN, which its autoencoders and films share."""

import torch
import torch.nn.functional as F

from layers import LEAKY_GAIN, conv, leaky_conv, linear
from peer import START, WIDTHS, settings

BLOCKS, EXPANSION, GROUP_SIZE = (settings[k] for k in ("blocks", "expansion", "groupSize"))
GAIN = LEAKY_GAIN * (BLOCKS * len(WIDTHS)) ** -0.25
TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
KERNEL = (TAPS[:, None] * TAPS[None])[None, None]


def down(x):
    c = x.shape[1]
    return F.conv2d(x, KERNEL.expand(c, 1, 4, 4), stride=2, padding=1, groups=c)


def up(x):
    c = x.shape[1]
    return F.conv_transpose2d(x, 4 * KERNEL.expand(c, 1, 4, 4), stride=2, padding=1, groups=c)


def blocks(p, at, x):
    channels = x.shape[1]
    inside = channels * EXPANSION
    groups = max(1, inside // GROUP_SIZE) if GROUP_SIZE else 1
    for i in range(BLOCKS):
        name = f"{at}/block{i}"
        y = leaky_conv(p, f"{name}/conv1", f"{name}/bias1", x, inside, gain=GAIN)
        y = leaky_conv(p, f"{name}/conv2", f"{name}/bias2", y, inside, 3, GAIN, groups)
        x = x + conv(p, f"{name}/conv3", y, channels, gain=0.0)
    return x


def stages(p, x):
    """Images from the first feature map."""
    for i, width in enumerate(WIDTHS):
        at = f"b{START << i}"
        if i > 0:
            x = up(x if x.shape[1] == width else conv(p, f"{at}/transition", x, width))
        x = blocks(p, at, x)
    return conv(p, "rgb", x, 3)


def shrink(p, at, x, width):
    x = down(x)
    return x if x.shape[1] == width else conv(p, f"{at}/transition", x, width)


def feature_maps(p, images, last=0):
    """Feature maps behind the blocks of each stage from the largest to stage `last`."""
    maps = []
    x = conv(p, "rgb", images, WIDTHS[-1])
    for i in reversed(range(last, len(WIDTHS))):
        at = f"b{START << i}"
        maps.append(blocks(p, at, x))
        if i > last:
            x = shrink(p, at, maps[-1], WIDTHS[i - 1])
    return maps


def features(p, at, x):
    """A number a channel of the last feature map."""
    basis = p.get(f"{at}/basis", (1, WIDTHS[0], START, START), 1 / START)
    return (x * basis).sum((2, 3))


def logits_of(p, maps):
    return linear(p, "finish/linear", features(p, "finish", maps[-1]), 1)


def relativistic(better, worse):
    return F.softplus(-(better - worse)).mean()
