"""Generators of Ganbox as PyTorch modules: load a .safetensors file, make pictures, train on, save it again.

    from ganbox_torch import load
    generator = load("model.safetensors")
    images = generator(torch.randn(16, generator.latent))  # [16, 3, H, W] in [-1, 1]

Needs torch and nothing else. Families: r3gan, dcgan, fastgan, vae and vaegan (its decoder).
"""

import json
import struct

import numpy
import torch
import torch.nn.functional as F

SLOPE = 0.2  # of leaky ReLU, in r3gan and the decoders


def read_safetensors(path):
    """Tensors by name and the metadata of a .safetensors file: 8 bytes of header length, a JSON header, the elements."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, expected F32")
        begin, end = entry["data_offsets"]
        elements = numpy.frombuffer(data[begin:end], "<f4").copy()
        tensors[name] = torch.from_numpy(elements).reshape(entry["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    """The way back: what `ganbox generate` and `ganbox train --from` read."""
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        part = tensors[name].detach().cpu().float().contiguous().numpy().astype("<f4").tobytes()
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def load(path):
    """The generator in a file that `ganbox export --out model.safetensors` wrote, in evaluation mode."""
    tensors, metadata = read_safetensors(path)
    if "ganbox" not in metadata:
        raise ValueError(f"{path}: no generator of Ganbox; write one with `ganbox export <run> --out model.safetensors`")
    return Generator(json.loads(metadata["ganbox"]), tensors).eval()


class Generator(torch.nn.Module):
    """A generator from the description and the weights in its file. In training mode, batch norms see the batch and noise is fresh."""

    def __init__(self, info, tensors):
        super().__init__()
        self.info, a = info, info["architecture"]
        if a["family"] not in FORWARD:
            raise ValueError(f"the family {a['family']} is not in this example, expected one of {', '.join(FORWARD)}")
        if "resolution" in a:  # files of the first version: squares of three colours
            a = {**a, "channels": 3, "height": a["resolution"], "width": a["resolution"]}
        self.family, self.latent, self.classes = a["family"], a["latent"], a["classes"]
        self.widths, self.blocks, self.group_size = a["widths"], a["blocks"], a["groupSize"]
        self.start_size = [a[side] // 2 ** (len(self.widths) - 1) for side in ("height", "width")]
        self.names = sorted(tensors)
        for name in self.names:  # modules do not take dots in names
            fixed = name.endswith(("/mean", "/variance", ".noise"))
            register = self.register_buffer if fixed else self.register_parameter
            register(self.key(name), tensors[name] if fixed else torch.nn.Parameter(tensors[name]))

    @staticmethod
    def key(name):
        return name.replace(".", ":")

    def weight(self, name):
        return getattr(self, self.key("G/" + name))

    def stage(self, i):
        """Name of a stage: b16, or b24x16 (width x height) where it is no square."""
        height, width = (side * 2**i for side in self.start_size)
        return f"b{height}" if height == width else f"b{width}x{height}"

    def forward(self, z, c=None):
        """Images [N, channels, H, W] in [-1, 1] from z [N, latent] and, for conditional models, one-hot c [N, classes]."""
        return FORWARD[self.family](self, z, c).clamp(-1, 1)

    def save(self, path):
        """Writes the weights for `ganbox generate` and `ganbox train --from`."""
        tensors = {name: getattr(self, self.key(name)) for name in self.names}
        write_safetensors(path, tensors, {"ganbox": json.dumps(self.info)})


def to_pixels(images):
    """[N, 3, H, W] in [-1, 1] to uint8 [N, H, W, 3], rounded as Ganbox does."""
    return torch.floor((images + 1) * 127.5 + 0.5).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def upsample(x):
    """Twice the size through the binomial filter [1, 3, 3, 1] / 4 along both axes."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype, device=x.device) / 4
    channels = x.shape[1]
    kernel = (taps[:, None] * taps[None]).expand(channels, 1, 4, 4)
    return F.conv_transpose2d(x, kernel, stride=2, padding=1, groups=channels)


def residual_stages(g, x):
    """Stages of r3gan and of the decoders: each doubles the size and adds residual blocks."""
    for i, width in enumerate(g.widths):
        at = g.stage(i)
        if i > 0:
            if x.shape[1] != width:
                x = F.conv2d(x, g.weight(f"{at}/transition"))
            x = upsample(x)
        for block in range(g.blocks):
            name = f"{at}/block{block}"
            y = F.conv2d(x, g.weight(f"{name}/conv1"))
            y = F.leaky_relu(y + g.weight(f"{name}/bias1")[:, None, None], SLOPE)
            kernel = g.weight(f"{name}/conv2")
            y = F.conv2d(y, kernel, padding=1, groups=y.shape[1] // kernel.shape[1])
            y = F.leaky_relu(y + g.weight(f"{name}/bias2")[:, None, None], SLOPE)
            x = x + F.conv2d(y, g.weight(f"{name}/conv3"))
    return F.conv2d(x, g.weight("rgb"))


def with_class(g, z, c):
    """z with an embedding of its class behind it."""
    return z if c is None else torch.cat([z, c @ g.weight("embedding")], 1)


def r3gan(g, z, c):
    scale = with_class(g, z, c) @ g.weight("start/linear")
    return residual_stages(g, g.weight("start/basis") * scale[:, :, None, None])


def decoder(g, z, c):
    scale = (z if c is None else torch.cat([z, c], 1)) @ g.weight("start/linear")
    first = g.weight("start/basis") * scale[:, :, None, None] + g.weight("start/constant")
    return residual_stages(g, first)


def batch_norm(g, name, x):
    mean, variance, scale, shift = (g.weight(f"{name}/{part}") for part in ("mean", "variance", "scale", "shift"))
    return F.batch_norm(x, mean, variance, scale, shift, g.training, 0.1, 1e-5)


def dcgan(g, z, c):
    latent = z if c is None else torch.cat([z, c], 1)
    x = (latent @ g.weight("start")).reshape(-1, g.widths[0], *g.start_size)
    x = F.relu(batch_norm(g, f"norm{g.stage(0)[1:]}", x))
    for i in range(1, len(g.widths)):
        side = g.stage(i)[1:]
        x = F.conv_transpose2d(x, g.weight(f"conv{side}"), stride=2, padding=1)
        x = F.relu(batch_norm(g, f"norm{side}", x))
    return torch.tanh(F.conv2d(x, g.weight("rgb"), g.weight("bias"), padding=1))


def gated_conv(g, name, x):
    y = F.conv2d(x, g.weight(name), padding=1)
    fixed = g.weight(f"{name}.noise")
    noise = torch.randn(len(y), *fixed.shape[1:], device=y.device) if g.training else fixed
    return F.glu(batch_norm(g, f"{name}.norm", y + noise * g.weight(f"{name}.strength")), 1)


def excite(g, name, low, high):
    factor = max(1, min(low.shape[2:]) // 4)
    while low.shape[2] % factor or low.shape[3] % factor:
        factor -= 1
    seen = F.leaky_relu(F.conv2d(F.avg_pool2d(low, factor), g.weight(f"{name}/conv1")), 0.1)
    return high * torch.sigmoid(F.conv2d(seen, g.weight(f"{name}/conv2")))


def fastgan(g, z, c):
    wide = (with_class(g, z, c) @ g.weight("start/linear")).reshape(-1, 2 * g.widths[0], *g.start_size)
    maps = [F.glu(batch_norm(g, "start/norm", wide), 1)]
    for i in range(1, len(g.widths)):
        at = g.stage(i)
        x = gated_conv(g, f"{at}/conv1", F.interpolate(maps[-1], scale_factor=2, mode="nearest"))
        if i % 2 == 1:
            x = gated_conv(g, f"{at}/conv2", x)
        maps.append(x if i < 3 else excite(g, f"{at}/excite", maps[i - 3], x))
    return torch.tanh(F.conv2d(maps[-1], g.weight("rgb"), padding=1))


FORWARD = {"r3gan": r3gan, "vae": decoder, "vaegan": decoder, "dcgan": dcgan, "fastgan": fastgan}
