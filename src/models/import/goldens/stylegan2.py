"""Tiny StyleGAN2-ADA network pickles and what their networks compute. Usage, in a folder outside the repository:

    git clone https://github.com/NVlabs/stylegan2-ada-pytorch
    PYTHONPATH=stylegan2-ada-pytorch python3 <here>/stylegan2.py <here>

Needs the Python packages torch, numpy, scipy and requests. That code is for non-commercial use only and is run here, not copied: a network pickle holds the source
text of its classes (`module_src`), which is blanked before saving. The rest is written as its training writes it.
"""

import copy
import json
import pickle
import struct
import sys
from pathlib import Path

import dnnlib
import numpy as np
import torch
from torch_utils import persistence
from training.augment import AugmentPipe
from training.networks import Discriminator, Generator


def randomise(module, seed):
    """Values where the start values are zeros or ones, so that no part can be left out unnoticed."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if name.endswith(("bias", "noise_strength", "w_avg")):
                # The learning rate multiplier of mapping layers scales their biases by 0.01.
                scale = 30 if "mapping.fc" in name else 0.3
                tensor += scale * torch.randn(tensor.shape, generator=random)


def snapshot(resolution, classes, g_kwargs, d_kwargs):
    """The content of a network pickle: the networks as after training, in evaluation mode."""
    common = dict(c_dim=classes, img_resolution=resolution, img_channels=3)
    torch.manual_seed(0)
    g = Generator(**g_kwargs, **common).train().requires_grad_(False)
    d = Discriminator(**d_kwargs, **common).train().requires_grad_(False)
    g_ema = copy.deepcopy(g)
    for seed, module in enumerate([g, d, g_ema]):
        randomise(module, seed)
    augment = AugmentPipe(xflip=1, rotate90=1).train().requires_grad_(False)
    data = dict(training_set_kwargs=dict(class_name="training.dataset.ImageFolderDataset", path="tiny.zip", use_labels=classes > 0, resolution=resolution))
    for name, module in [("G", g), ("D", d), ("G_ema", g_ema), ("augment_pipe", augment)]:
        data[name] = copy.deepcopy(module).eval().requires_grad_(False).cpu()
    return data


def goldens(data, classes):
    """Inputs and outputs for two seeds, of G_ema if nothing else is said; noise is off but for `images.noise`."""
    g, d = data["G_ema"], data["D"]
    z = torch.from_numpy(np.stack([np.random.RandomState(seed).randn(g.z_dim) for seed in (1, 2)]).astype(np.float32))
    c = torch.eye(classes)[[1, 0]] if classes else torch.zeros([2, 0])
    with torch.no_grad():
        images = g(z, c, noise_mode="none", force_fp32=True)
        return {
            "z": z,
            **({"c": c} if classes else {}),
            "w": g.mapping(z, c),
            "w.truncated": g.mapping(z, c, truncation_psi=0.5),
            "images": images,
            "images.truncated": g(z, c, truncation_psi=0.5, noise_mode="none", force_fp32=True),
            "images.noise": g(z, c, noise_mode="const", force_fp32=True),
            "images.G": data["G"](z, c, noise_mode="none", force_fp32=True),
            "logits": d(images, c, force_fp32=True),
        }


def digests(data):
    """Of every tensor of a network, in the order of its state_dict: the sum, and the sum with weights 1 to 7 in turn."""
    tensors, names = {}, {}
    for network in ["G_ema", "G", "D"]:
        state = data[network].state_dict()
        flat = [tensor.double().flatten() for tensor in state.values()]
        rows = [[t.sum(), (t * (torch.arange(len(t)) % 7 + 1)).sum()] for t in flat]
        tensors[f"digests.{network}"] = torch.tensor(rows, dtype=torch.float32)
        names[network] = " ".join(state)
    return tensors, names


def save_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        header[name] = dict(dtype="F32", shape=list(tensor.shape), data_offsets=[offset, offset + 4 * tensor.numel()])
        offset += 4 * tensor.numel()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(t.contiguous().numpy().tobytes() for t in tensors.values()))


def write(folder, name, classes, **kwargs):
    data = snapshot(classes=classes, **kwargs)
    sources = {decorated: decorated._orig_module_src for decorated in persistence._decorators}
    for decorated in sources:
        decorated._orig_module_src = ""
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(data))
    for decorated, source in sources.items():
        decorated._orig_module_src = source
    tensors, names = digests(data)
    save_safetensors(folder / f"{name}.safetensors", {**goldens(data, classes), **tensors}, names)


def main(folder):
    size = dict(channel_base=64, channel_max=8)
    fp16 = dict(num_fp16_res=4)
    easy = dnnlib.EasyDict
    write(
        folder,
        "stylegan2",
        resolution=16,
        classes=0,
        g_kwargs=easy(z_dim=8, w_dim=8, mapping_kwargs=easy(num_layers=2), synthesis_kwargs=easy(**size, **fp16, conv_clamp=256)),
        d_kwargs=easy(**size, **fp16, conv_clamp=256, block_kwargs=easy(), mapping_kwargs=easy(), epilogue_kwargs=easy(mbstd_group_size=4)),
    )
    # Classes, a clamp that bites, weights whose channels lie last in memory, frozen layers of D (buffers instead of parameters).
    write(
        folder,
        "stylegan2-classes",
        resolution=8,
        classes=3,
        g_kwargs=easy(z_dim=4, w_dim=4, mapping_kwargs=easy(num_layers=2), synthesis_kwargs=easy(channel_base=32, channel_max=4, **fp16, conv_clamp=0.5, fp16_channels_last=True)),
        d_kwargs=easy(channel_base=32, channel_max=4, **fp16, conv_clamp=0.5, block_kwargs=easy(freeze_layers=2, fp16_channels_last=True), mapping_kwargs=easy(num_layers=2), epilogue_kwargs=easy(mbstd_group_size=2)),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
