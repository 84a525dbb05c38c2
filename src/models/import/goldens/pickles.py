"""Pickles by Python itself. Usage: python3 pickles.py <here>. Needs Debian's python3-torch.

Writes pickles.json: a name and a file's bytes in base64. What they hold is written again in the tests, which know it by these names.
"""

import base64
import io
import json
import os
import pickle
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch


def values():
    shared = [1, 2]
    cycle = []
    cycle.append(cycle)
    return {
        "none": None,
        "bools": [True, False],
        "integers": [0, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 - 1, 2**53, 2**70, -(2**70), -129, -(2**15)],
        "floats": [0.0, -1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan")],
        "text": "Wälder \\ 'und'\n\t\x00 🌲" + "x" * 300,
        "bytes": b"\x00\xff\n\\",
        "bytearray": bytearray(b"\x01\x80"),
        "nothing": [b"", "", [], (), {}, set()],
        "list": [1, [2, [3]]],
        "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "set": {1},
        "frozenset": frozenset(["a"]),
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
        7: "a number as key",
        "shared": [shared, shared],
        "cycle": cycle,
        "long": list(range(1001)),
    }


def arrays():
    square = np.arange(6, dtype=np.float32).reshape(2, 3)
    return {
        "rows": square,
        "columns": np.asfortranarray(square),
        "view": np.arange(10, dtype=np.int64)[::3],
        "scalar array": np.array(2.5),
        "empty": np.zeros([0, 3], np.float32),
        "half": np.array([0.5, -2], np.float16),
        "bytes": np.array([-1, 2], np.int8),
        "pixels": np.array([255, 0], np.uint8),
        "mask": np.array([True, False]),
        "numbers": [np.float64(0.1), np.float32(0.5), np.int64(-3), np.int64(2**60), np.bool_(True)],
    }


def tensors():
    base = torch.arange(12, dtype=torch.float32)
    channels_last = torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
    return {
        "float32": base.reshape(3, 4),
        "transposed": base.reshape(3, 4).t(),
        "slice": base[5:9],
        "steps": base[1::4],
        "repeated": base[2:3].expand(2, 3),
        "channelsLast": channels_last,
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros([0, 3]),
        "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
        "float64": torch.tensor([0.1], dtype=torch.float64),
        "float16": torch.tensor([0.5, -2, 65504], dtype=torch.float16),
        "bfloat16": torch.tensor([1.0, -3.140625], dtype=torch.bfloat16),
        "int64": torch.tensor([2**62, -1]),
        "int32": torch.tensor([-(2**31)], dtype=torch.int32),
        "int16": torch.tensor([-300], dtype=torch.int16),
        "int8": torch.tensor([-128, 127], dtype=torch.int8),
        "uint8": torch.tensor([255, 1], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
    }


def module():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.fill_(i + 0.5)
    return module


def saved(value, **options):
    with io.BytesIO() as file:
        torch.save(value, file, **options)
        return file.getvalue()


class Call:
    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def main(folder):
    files = {}
    for protocol in range(6):
        files[f"values.{protocol}"] = pickle.dumps(values(), protocol)
        files[f"arrays.{protocol}"] = pickle.dumps(arrays(), protocol)
    legacy = dict(_use_new_zipfile_serialization=False)
    checkpoint = {"model": module().state_dict(), "epoch": 3, "shape": torch.Size([1, 2]), "loss": np.float64(0.5), "history": [torch.tensor([1.0]), {"best": torch.tensor([2.0])}]}
    for name, options in [("zip", {}), ("legacy", legacy)]:
        files[f"tensors.{name}"] = saved(tensors(), **options)
        files[f"checkpoint.{name}"] = saved(checkpoint, **options)
        files[f"system.{name}"] = saved({"w": torch.zeros(1), "x": Call(os.system, "true")}, **options)
    files["module"] = saved(module())
    files["system.4"] = pickle.dumps(Call(os.system, "true"), 4)
    files["system.0"] = pickle.dumps(Call(os.system, "true"), 0)
    files["eval.2"] = pickle.dumps([Call(eval, "1")], 2)
    files["objects"] = pickle.dumps(np.array([{}]))
    files["complex"] = pickle.dumps(1j)
    texts = {name: base64.b64encode(content).decode() for name, content in files.items()}
    (folder / "pickles.json").write_text(json.dumps(texts, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
