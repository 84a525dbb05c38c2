"""Goldens of the metrics, by the field's own code.

    PYTHONPATH=<folders of the packages> python3 scripts/metric-goldens.py src/metrics/goldens <model.json> <weights.bin>
    npx biome check --write src/metrics/goldens

The two files are the source of models/features/mixed5.onnx (see scripts/mixed5.ts), run here layer by layer with PyTorch. It needs the Python packages torch_fidelity (github.com/toshas/torch-fidelity), cleanfid (github.com/GaParmar/clean-fid) and prdc
(github.com/clovaai/generative-evaluation-prdc), with torch, torchvision, scipy, scikit-learn and Pillow. Feature matrices are made by a formula
that src/metrics/goldens.test.ts has too, so that they need not be stored.
"""

import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from cleanfid.fid import frechet_distance, kernel_distance
from cleanfid.resize import make_resizer
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torch_fidelity.noise import batch_slerp_any


def uniform(seed, i, j):
    """A hash of three numbers as one in [0, 1)."""
    h = np.uint32(seed) * np.uint32(0x9E3779B1) + i.astype(np.uint32) * np.uint32(0x85EBCA77)
    h = h + j.astype(np.uint32) * np.uint32(0xC2B2AE3D)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    h = (h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39)
    h = h ^ (h >> np.uint32(15))
    return h.astype(np.float64) / 2**32


def features(seed, count, width, shift=0.0):
    """Correlated features [count, width] in single precision, roughly normal."""
    i, j = np.meshgrid(np.arange(count), np.arange(width + 1), indexing="ij")
    z = uniform(seed, i, 3 * j) + uniform(seed, i, 3 * j + 1) + uniform(seed, i, 3 * j + 2) - 1.5
    scale = 1 + np.arange(width) / width
    return ((z[:, :-1] + 0.6 * z[:, 1:] + shift) * scale).astype(np.float32)


def frechet(real, fake):
    statistics = [fid_features_to_statistics(torch.from_numpy(x.astype(np.float64))) for x in (real, fake)]
    by_fidelity = fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"]
    a, b = statistics
    by_cleanfid = frechet_distance(a["mu"], a["sigma"], b["mu"], b["sigma"])
    return {"torchFidelity": by_fidelity, "cleanFid": float(by_cleanfid)}


def kid(real, fake):
    """One subset of everything, so that no random choice is left."""
    size = len(real)
    assert len(fake) == size
    a, b = real.astype(np.float64), fake.astype(np.float64)
    whole = kid_features_to_metric(
        torch.from_numpy(b), torch.from_numpy(a), kid_subsets=1, kid_subset_size=size, verbose=False
    )["kernel_inception_distance_mean"]
    assert abs(whole - kernel_mmd(a, b)) < 1e-9 * max(1, abs(whole))
    return {
        "torchFidelity": whole,
        "cleanFid": kernel_distance(a, b, num_subsets=1, max_subset_size=size),
    }


def manifold(real, fake):
    by_fidelity = prc_features_to_metric(
        torch.from_numpy(fake.astype(np.float64)), torch.from_numpy(real.astype(np.float64)), verbose=False
    )
    by_prdc = compute_prdc(real.astype(np.float64), fake.astype(np.float64), nearest_k=5)
    return {
        "precision": by_fidelity["precision"],
        "recall": by_fidelity["recall"],
        "density": float(by_prdc["density"]),
        "coverage": float(by_prdc["coverage"]),
    }


def path_length(a, b):
    lengths = ((b.astype(np.float64) - a.astype(np.float64)) ** 2).sum(axis=1) / 1e-4**2
    low = np.percentile(lengths, 1, method="lower")
    high = np.percentile(lengths, 99, method="higher")
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def noise_picture(side):
    """Bytes [side, side, 3]."""
    y, x = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    planes = [np.floor(256 * uniform(channel + 1, y, x)) for channel in range(3)]
    return np.stack(planes, axis=2).astype(np.uint8)


def resized(side, size):
    """A noise picture resized without rounding; a few of its values."""
    picture = noise_picture(side)
    out = make_resizer("PIL", False, "bicubic", (size, size))(picture)
    spots = [[0, 0, 0], [0, size - 1, 1], [size // 2, size // 3, 2], [size - 1, size - 2, 0]]
    return {
        "side": side,
        "size": size,
        "mean": [float(v) for v in out.mean(axis=(0, 1), dtype=np.float64)],
        "values": [{"at": spot, "value": float(out[tuple(spot)])} for spot in spots],
    }


def run_layers(model_path, weights_path, images):
    """A tfjs layers-model on images [N, H, W, 3], each layer as it is written there."""
    with open(model_path) as file:
        model = json.load(file)
    with open(weights_path, "rb") as file:
        blob = file.read()
    weights, at = {}, 0
    for spec in model["weightsManifest"][0]["weights"]:
        size = int(np.prod(spec["shape"]))
        q = spec["quantization"]
        values = np.frombuffer(blob, np.uint8, size, at).astype(np.float64) * q["scale"] + q["min"]
        weights[spec["name"]] = torch.from_numpy(values.reshape(spec["shape"]))
        at += size
    values = {}
    for layer in model["modelTopology"]["model_config"]["config"]["layers"]:
        kind, name, config = layer["class_name"], layer["name"], layer["config"]
        inputs = [values[source[0]] for source in (layer["inbound_nodes"] or [[]])[0]]
        if kind == "InputLayer":
            y = torch.from_numpy(images).permute(0, 3, 1, 2)
        elif kind == "Conv2D":
            kernel = weights[f"{name}/kernel"].permute(3, 2, 0, 1)
            y = F.conv2d(inputs[0], kernel, stride=config["strides"], padding=config["padding"])
        elif kind == "BatchNormalization":
            mean, variance, beta = (weights[f"{name}/{w}"] for w in ("moving_mean", "moving_variance", "beta"))
            y = F.batch_norm(inputs[0], mean, variance, None, beta, False, 0.0, config["epsilon"])
        elif kind == "Activation":
            y = F.relu(inputs[0])
        elif kind == "Concatenate":
            y = torch.cat(inputs, 1)
        else:
            size = config["pool_size"]
            pads = [k // 2 if config["padding"] == "same" else 0 for k in size]
            if kind == "MaxPooling2D":
                y = F.max_pool2d(inputs[0], size, config["strides"], pads)
            else:
                y = F.avg_pool2d(inputs[0], size, config["strides"], pads, count_include_pad=False)
        values[name] = y
    return y.mean((2, 3)).numpy()


def smooth_picture(side):
    """Bytes [side, side, 3] with large shapes."""
    y, x = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    planes = [(x * (channel + 1) + y * y // 16) % 256 for channel in range(3)]
    return np.stack(planes, axis=2).astype(np.uint8)


def mixed5(model_path, weights_path):
    pictures = np.stack([noise_picture(128), smooth_picture(128)])
    rows = run_layers(model_path, weights_path, pictures.astype(np.float64) / 255)
    return [{"length": float(np.linalg.norm(row)), "everyNinetySixth": [float(v) for v in row[::96]]} for row in rows]


def write(path, goldens):
    with open(path, "w") as file:
        json.dump(goldens, file, indent=2)
        file.write("\n")


def main(folder, model_path, weights_path):
    np.seterr(over="ignore")
    real, fake = features(1, 300, 32), features(2, 300, 32, 0.05)
    few_real, few_fake = features(3, 40, 64), features(4, 50, 64, 0.1)
    wide_real, wide_fake = features(5, 1500, 256), features(6, 1200, 256, 0.02)
    logits = 4 * features(7, 205, 10)
    score = isc_features_to_metric(torch.from_numpy(logits), splits=10, shuffle=False)
    ends = features(8, 2, 16)
    goldens = {
        "frechet": {
            "usual": frechet(real, fake),
            "fewerPicturesThanFeatures": frechet(few_real, few_fake),
            "wide": frechet(wide_real, wide_fake),
        },
        "kid": {
            "usual": kid(real, fake),
            "fewerPicturesThanFeatures": kid(few_real, few_fake[:40]),
        },
        "manifold": {
            "usual": manifold(real, fake),
            "unequal": manifold(features(9, 1400, 8), features(10, 1100, 8, 0.3)),
        },
        "inceptionScore": {
            "mean": score["inception_score_mean"],
            "deviation": score["inception_score_std"],
        },
        "slerp": [
            float(v)
            for v in batch_slerp_any(torch.from_numpy(ends[:1].astype(np.float64)), torch.from_numpy(ends[1:].astype(np.float64)), 0.3)[0, :4]
        ],
        "pathLength": path_length(features(11, 150, 32), features(12, 150, 32)),
        "resize": [resized(*sizes) for sizes in ((28, 128), (64, 128), (100, 64), (12, 12))],
    }
    write(os.path.join(folder, "metrics.json"), goldens)
    write(os.path.join(folder, "mixed5.json"), mixed5(model_path, weights_path))


main(*sys.argv[1:])
