"""Batch normalisation by PyTorch, two steps of training and then use: python3 scripts/golden/batch-norm.py src/nn/goldens/batch-norm.json"""

import json
import sys

import torch


def numbers(tensor):
    return [float(f"{x:.12g}") for x in tensor.detach().flatten().tolist()]


def main(path):
    torch.manual_seed(0)
    channels = 3
    norm = torch.nn.BatchNorm2d(channels, eps=1e-5, momentum=0.1).double()
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.5, 0.5, -0.75]))
        norm.bias.copy_(torch.tensor([0.25, -1.0, 0.0]))
    steps = []
    for step in range(2):
        x = (2 * torch.randn(4, channels, 2, 3) + step).double().requires_grad_()
        cotangent = torch.randn(4, channels, 2, 3).double()
        y = norm(x)
        dx, scale, shift = torch.autograd.grad((y * cotangent).sum(), [x, norm.weight, norm.bias])
        steps.append(
            {
                "x": numbers(x),
                "cotangent": numbers(cotangent),
                "y": numbers(y),
                "dx": numbers(dx),
                "dscale": numbers(scale),
                "dshift": numbers(shift),
                "mean": numbers(norm.running_mean),
                "variance": numbers(norm.running_var),
            }
        )
    norm.eval()
    use = {"x": steps[0]["x"], "y": numbers(norm(torch.tensor(steps[0]["x"]).double().reshape(4, channels, 2, 3)))}
    golden = {"scale": numbers(norm.weight), "shift": numbers(norm.bias), "steps": steps, "use": use}
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
