"""Results and gradients of every op case in float64, by PyTorch. Usage: ops.py CASES.json GOLDENS.json (see README.md)."""

import json
import sys

import torch
import torch.nn.functional as F

DTYPES = {
    "float32": torch.float64,
    "int32": torch.int32,
    "uint8": torch.uint8,
    "bool": torch.bool,
}


def tensor(spec):
    return torch.tensor(spec["data"], dtype=DTYPES[spec["dtype"]]).reshape(spec["shape"])


def of_rank_2(*values):
    return torch.tensor(values, dtype=torch.float64)


def conv(x, w, stride=1, pads=(0, 0, 0, 0), dilation=1, groups=1):
    """`conv2d` with top, left, bottom, right padding."""
    top, left, bottom, right = pads
    return F.conv2d(F.pad(x, (left, right, top, bottom)), w, None, stride, 0, dilation, groups)


def conv_weight_grad(x, u, shape, **options):
    """The gradient of sum(conv(x, w) u) by w, which does not depend on w; itself differentiable."""
    w = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad((conv(x, w, **options) * u).sum(), w, create_graph=True)[0]


def fir(taps):
    row = torch.tensor(taps, dtype=torch.float64)
    return row[:, None] * row[None, :]


def planes(x):
    """Channels become images, so that one kernel serves them all."""
    n, c, h, w = x.shape
    return x.reshape(n * c, 1, h, w)


def downsample(x, factor, taps, pad):
    n, c, h, w = x.shape
    behind = max(0, len(taps) - pad - factor)
    y = F.conv2d(F.pad(planes(x), (pad, behind, pad, behind)), fir(taps)[None, None], stride=factor)
    return y[:, :, : h // factor, : w // factor].reshape(n, c, h // factor, w // factor)


def upsample(x, factor, taps, pad):
    n, c, h, w = x.shape
    y = F.conv_transpose2d(planes(x), fir(taps)[None, None], stride=factor)
    y = F.pad(y, (0, factor, 0, factor))[:, :, pad : pad + factor * h, pad : pad + factor * w]
    return y.reshape(n, c, factor * h, factor * w)


def take(x, axis, start, stop, step):
    """Python's slice along one axis, for which torch has no negative steps."""
    rows = list(range(x.shape[axis]))[start:stop:step]
    return x.index_select(axis, torch.tensor(rows))


def softplus(x):
    # F.softplus switches to the identity above 20.
    return torch.logaddexp(torch.zeros_like(x), x)


def truncating_divide(a, b):
    return torch.div(a, b, rounding_mode="trunc")


def mask(x, alpha):
    return torch.where(x > 0, torch.ones_like(x), torch.full_like(x, alpha))


EVERYTHING = {"stride": (2, 1), "pads": (1, 1, 1, 1), "dilation": (1, 2), "groups": 2}

# Inputs come in the order of the case. Named after the cases of src/graph/op-cases.ts.
CASES = {
    "Neg": torch.neg,
    "Exp": torch.exp,
    "Log": torch.log,
    "Sqrt": torch.sqrt,
    "Reciprocal": torch.reciprocal,
    "Reciprocal of negatives": torch.reciprocal,
    "Sin": torch.sin,
    "Cos": torch.cos,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
    "Sigmoid of large": torch.sigmoid,
    "Softplus": softplus,
    "Softplus of large": softplus,
    "Erf": torch.erf,
    "Abs": torch.abs,
    "Abs at 0": torch.abs,
    "Sign": torch.sign,
    "Sign at 0": torch.sign,
    "Floor": torch.floor,
    "relu": F.relu,
    "LeakyRelu": lambda x: F.leaky_relu(x, 0.2),
    "LeakyRelu at 0": lambda x: F.leaky_relu(x, 0.2),
    "LeakyRelu of a product": lambda a, b: F.leaky_relu(a * b, 0.1),
    "LeakyReluMask": lambda x: x * mask(x, 0.2),
    "Clip": lambda x: x.clamp(-0.5, 1) ** 2,
    "Clip at its limits": lambda x: x.clamp(-0.5, 1),
    "square": torch.square,
    "gelu": F.gelu,
    "StopGradient": lambda x: x * x.detach(),
    "value used twice": lambda x: x * torch.sin(x) + torch.exp(x),
    "Exp of expanded": lambda x: x.expand(2, 3).exp(),
    "Add": torch.add,
    "Add with broadcasting": lambda a, b: (a + b) ** 2,
    "Add of two expanded": lambda a, b: (a + b) ** 2,
    "Add of numbers": lambda x: x + 2,
    "Add of int32": torch.add,
    "Sub": torch.sub,
    "Sub with broadcasting": lambda a, b: (a - b) ** 2,
    "Sub from a number": lambda x: (1 - x) ** 2,
    "Sub of int32": torch.sub,
    "Mul": torch.mul,
    "Mul with broadcasting": torch.mul,
    "Mul by numbers": lambda x: -1.5 * x,
    "Mul of int32": torch.mul,
    "Div": torch.div,
    "Div with broadcasting": torch.div,
    "Div of int32": truncating_divide,
    "Pow": torch.pow,
    "Pow with broadcasting": torch.pow,
    "Pow of negatives by 3": lambda x: x**3,
    "Min": lambda a, b: torch.minimum(a, b) ** 2,
    "Min at ties": torch.minimum,
    "Max": lambda a, b: torch.maximum(a, b) ** 2,
    "Max at ties": torch.maximum,
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "Equal": torch.eq,
    "Equal of int32": torch.eq,
    "comparison as weight": lambda a, b: (a < b).double() * a * b,
    "Not": torch.logical_not,
    "And": torch.logical_and,
    "Or": torch.logical_or,
    "Where": lambda c, a, b: torch.where(c, a, b) ** 2,
    "Where with broadcasting": lambda c, a, b: torch.where(c, a, b) ** 2,
    "Where with a number": lambda c, a: torch.where(c, a, torch.full_like(a, 0.5)) ** 2,
    "Where of int32": torch.where,
    "Cast to int32": lambda x: x.to(torch.int32),
    "Cast to int32 and back": lambda x: x * x.to(torch.int32).double(),
    "Cast to bool": lambda x: x.to(torch.bool),
    "Cast from bool": lambda x: x.double(),
    "Cast from uint8": lambda x: x.double() / 2,
    "ReduceSum of all": lambda x: x.sum() ** 2,
    "ReduceSum": lambda x: x.sum((0, 2)) ** 2,
    "ReduceSum with keepdims": lambda x: x * x.sum(-1, keepdim=True),
    "ReduceMax of all": lambda x: x.amax() ** 2,
    "ReduceMax": lambda x: x.amax(1) ** 2,
    "ReduceMax at ties": lambda x: x.amax(1),
    "reduceMean": lambda x: x.mean((0, 2)) ** 2,
    "reduceMean over 3": lambda x: x.mean(1) ** 2,
    "reduceLogSumExp": lambda x: x.logsumexp(1),
    "reduceLogSumExp of large": lambda x: x.logsumexp(-1, keepdim=True),
    "Softmax": lambda x: x.softmax(-1),
    "Softmax along axis 1": lambda x: x.softmax(1),
    "Softmax of large": lambda x: x.softmax(-1),
    "Constant": lambda x: x * of_rank_2([1, -2, 0.5], [4, 0.25, -1]),
    "Reshape": lambda x: x.reshape(4, -1) ** 2,
    "Reshape to a scalar": lambda x: x.reshape(()) ** 2,
    "Reshape of expanded": lambda x: x.expand(4, 3).reshape(2, 6) * x**2,
    "Expand": lambda x: x.expand(2, 3),
    "Expand to new axes": lambda x: (x**2).expand(2, 3, 4),
    "Transpose": lambda x: x.T**2,
    "Transpose with perm": lambda x: x.permute(2, 0, 1) ** 2,
    "Transpose twice": lambda x: x.permute(2, 0, 1).permute(0, 2, 1),
    "Slice": lambda x: x[:, 1:, -3:-1] ** 2,
    "Slice with step": lambda x: x[:, 1:7:2] ** 2,
    "Slice with step 3 that ends early": lambda x: x[::3] ** 2,
    "Slice with negative step": lambda x: take(x, 1, -2, 0, -2) ** 2,
    "Slice of both axes backwards": lambda x: take(take(x, 0, None, None, -2), 1, 2, None, -1) ** 2,
    "Slice of int32": lambda x: x[:, 1:],
    "flip": lambda x: x.flip(1) ** 2,
    "Pad": lambda x: F.pad(x, (0, 2, 1, 0)) ** 2,
    "Pad of images": lambda x: F.pad(x, (2, 1, 1, 0)),
    "Pad by reflection": lambda x: F.pad(x, (2, 1, 1, 2), mode="reflect") ** 2,
    "Pad by edges": lambda x: F.pad(x, (2, 1, 1, 2), mode="replicate") ** 2,
    "Concat": lambda a, b: torch.cat([a, b, a]) ** 2,
    "Concat along the last axis": lambda a, b: torch.cat([a, b], -1) ** 2,
    "split": lambda x: x[:, :1] * x[:, 1:4] * x[:, 4:].sum(1, keepdim=True),
    "Gather": lambda x, i: x[i.long()] ** 2,
    "Gather of scalars": lambda x, i: x[i.long()] ** 2,
    "Gather of int32": lambda x, i: x[i.long()],
    "ScatterAdd": lambda x, i: torch.zeros(5, 3, dtype=torch.float64).index_add(
        0, i.long().flatten(), x.reshape(4, 3)
    )
    ** 2,
    "MatMul": torch.matmul,
    "MatMul with transA": lambda a, b: a.mT @ b,
    "MatMul with transB": lambda a, b: a @ b.mT,
    "MatMul with both": lambda a, b: a.mT @ b.mT,
    "MatMul of batches": torch.matmul,
    "MatMul of batches with both": lambda a, b: a.mT @ b.mT,
    "Conv": conv,
    "Conv 1x1": conv,
    "Conv with pads": lambda x, w: F.conv2d(x, w, padding=1),
    "Conv with uneven pads": lambda x, w: conv(x, w, pads=(1, 0, 2, 1)),
    "Conv with stride": lambda x, w: F.conv2d(x, w, stride=2, padding=1),
    "Conv with uneven stride": lambda x, w: F.conv2d(x, w, stride=(2, 3)),
    "Conv with dilation": lambda x, w: conv(x, w, dilation=(3, 2), pads=(0, 1, 1, 0)),
    "Conv with groups": lambda x, w: F.conv2d(x, w, groups=2),
    "Conv by channel": lambda x, w: F.conv2d(x, w, groups=3, padding=1),
    "Conv with everything": lambda x, w: conv(
        x, w, stride=(2, 1), pads=(1, 2, 0, 1), dilation=(1, 2), groups=2
    ),
    "ConvInputGrad": F.conv_transpose2d,
    "ConvInputGrad with everything": lambda u, w: F.conv_transpose2d(
        u, w, None, (2, 1), 1, (1, 0), 2, (1, 2)
    ),
    "ConvWeightGrad": lambda x, u: conv_weight_grad(x, u, (3, 2, 3, 3)),
    "ConvWeightGrad with everything": lambda x, u: conv_weight_grad(
        x, u, (4, 2, 3, 2), **EVERYTHING
    ),
    "convTranspose": F.conv_transpose2d,
    "convTranspose with outputPadding": lambda x, w: F.conv_transpose2d(
        x, w, stride=2, padding=1, output_padding=1
    ),
    "convTranspose with everything": lambda x, w: F.conv_transpose2d(
        x, w, None, (2, 3), 1, (0, 2), 2, (2, 1)
    ),
    "two layers": lambda x, v, w: F.conv2d(F.conv2d(x, v).tanh(), w),
    "Downsample": lambda x: downsample(x, 2, [0.5, -1, 2], 1) ** 2,
    "Downsample by 3": lambda x: downsample(x, 3, [0.5, -1, 2, 1, 0.25], 2) ** 2,
    "Upsample": lambda x: upsample(x, 2, [0.5, -1, 2], 1) ** 2,
    "Upsample by 3": lambda x: upsample(x, 3, [0.5, -1, 2, 1, 0.25], 2) ** 2,
    "downsampleFir": lambda x: downsample(x, 2, [1 / 8, 3 / 8, 3 / 8, 1 / 8], 1) ** 2,
    "upsampleFir": lambda x: upsample(x, 2, [1 / 4, 3 / 4, 3 / 4, 1 / 4], 1) ** 2,
    "averagePool": lambda x: F.avg_pool2d(x, 3) ** 2,
    "resizeNearest": lambda x: F.interpolate(x, scale_factor=2, mode="nearest") ** 2,
    "resizeBilinear up": lambda x: F.interpolate(x, size=(4, 6), mode="bilinear") ** 2,
    "resizeBilinear down": lambda x: F.interpolate(x, size=(4, 2), mode="bilinear") ** 2,
    "resizeBilinear to an odd size": lambda x: F.interpolate(x, size=(7, 3), mode="bilinear") ** 2,
}


def grads(y, wrt):
    """Gradients of a scalar as a graph; zeros where it does not depend on a tensor."""
    if not wrt or not y.requires_grad:
        return [torch.zeros_like(x) for x in wrt]
    found = torch.autograd.grad(y, wrt, create_graph=True, allow_unused=True)
    # Adding to zeros gives storage to the symbolic zeros that some double-backward formulas return.
    return [torch.zeros_like(x) if g is None else torch.zeros_like(x) + g for x, g in zip(wrt, found)]


def numbers(t):
    """A flat list with 12 digits."""
    if not t.isfinite().all():
        raise SystemExit(f"ops.py: a result is not finite: {t}")
    return [float(f"{v:.12g}") if v != int(v) else int(v) for v in t.detach().flatten().tolist()]


def golden(case):
    feeds = {name: tensor(spec) for name, spec in case["feeds"].items()}
    x = {k: v for k, v in feeds.items() if k != "cotangent" and not k.startswith("direction/")}
    wrt = {k: v.requires_grad_() for k, v in x.items() if v.dtype == torch.float64}
    y = CASES[case["name"]](*x.values())
    if y.dtype != torch.float64:
        return {"y": numbers(y), "first": {}, "second": {}}
    cotangent = feeds["cotangent"].requires_grad_()
    first = grads((y * cotangent).sum(), list(wrt.values()))
    slope = sum(
        ((g * feeds[f"direction/{k}"]).sum() for k, g in zip(wrt, first)), torch.zeros(()).double()
    )
    wrt_twice = {**wrt, "cotangent": cotangent}
    second = grads(slope, list(wrt_twice.values()))
    return {
        "y": numbers(y),
        "first": {k: numbers(g) for k, g in zip(wrt, first)},
        "second": {k: numbers(g) for k, g in zip(wrt_twice, second)},
    }


def main(cases_path, goldens_path):
    with open(cases_path, encoding="utf-8") as file:
        cases = json.load(file)
    unused = set(CASES) - {case["name"] for case in cases}
    if unused:
        raise SystemExit(f"ops.py: no such cases any more: {sorted(unused)}")
    goldens = {case["name"]: golden(case) for case in cases}
    with open(goldens_path, "w", encoding="utf-8", newline="\n") as file:
        lines = (
            f"{json.dumps(name)}:{json.dumps(results, separators=(',', ':'))}"
            for name, results in goldens.items()
        )
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
