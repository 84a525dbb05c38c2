"""Checks that PyTorch draws the same pictures as Ganbox: sample.py model.safetensors samples.npz"""

import sys

import numpy
import torch

from ganbox_torch import load, to_pixels

model, samples = sys.argv[1:]
generator, arrays = load(model), numpy.load(samples)
z = torch.from_numpy(arrays["z"]) * float(arrays["truncation"])
c = torch.eye(generator.classes)[torch.from_numpy(arrays["class"])] if generator.classes else None
with torch.no_grad():
    pixels = to_pixels(generator(z, c)).numpy()
difference = numpy.abs(pixels.astype(int) - arrays["images"]).max()
print(f"{len(z)} pictures, largest difference {difference} of 255")
sys.exit(int(difference > 1))
