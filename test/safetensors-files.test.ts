/** @file Our safetensors files against Python's safetensors, in both directions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../src/graph/safetensors.ts";
import { findPython, runPython } from "./python.ts";

const python = findPython("safetensors", "numpy");

/** Checks every value, then writes all tensors and some half-precision numbers to another file. */
const PROGRAM = `
import json, sys
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
read = {}
with safe_open(sys.argv[1], "np") as file:
    metadata = file.metadata()
    for name in file.keys():
        read[name] = file.get_tensor(name)
print(json.dumps({name: [str(a.dtype), list(a.shape), a.ravel().tolist()] for name, a in read.items()}))
read["half"] = np.array([[0.5, -2.0], [65504.0, 2.0**-24]], dtype=np.float16)
save_file(read, sys.argv[2], metadata)
`;

it.skipIf(!python)(
  "Python reads our safetensors and we read Python's (skipped without its safetensors)",
  () => {
    const tensors = new Map<string, HostTensor>([
      ["b32.conv0.weight", hostTensor("float32", [2, 1, 1, 2], Float32Array.of(1, -2.5, 3e-8, 4))],
      ["double", hostTensor("float64", [1], Float64Array.of(Math.PI))],
      ["mask", hostTensor("bool", [3], Uint8Array.of(1, 0, 1))],
      ["indices", hostTensor("int32", [2, 1], Int32Array.of(-7, 9))],
      ["step", hostTensor("int64", [], BigInt64Array.of(123456789n))],
      ["pixels", hostTensor("uint8", [1, 5], Uint8Array.of(0, 1, 2, 254, 255))],
      ["empty", hostTensor("float32", [0, 3])],
    ]);
    const metadata = { title: "Wälder", recipe: '{"loss":"rpgan"}' };
    const folder = mkdtempSync(join(tmpdir(), "ganbox-safetensors-"));
    try {
      const ours = join(folder, "ours.safetensors");
      const theirs = join(folder, "theirs.safetensors");
      writeFileSync(ours, encodeSafetensors(tensors, metadata));
      expect(JSON.parse(runPython(python as string, PROGRAM, [ours, theirs]))).toEqual({
        "b32.conv0.weight": ["float32", [2, 1, 1, 2], [1, -2.5, Math.fround(3e-8), 4]],
        double: ["float64", [1], [Math.PI]],
        mask: ["bool", [3], [true, false, true]],
        indices: ["int32", [2, 1], [-7, 9]],
        step: ["int64", [], [123456789]],
        pixels: ["uint8", [1, 5], [0, 1, 2, 254, 255]],
        empty: ["float32", [0, 3], []],
      });
      const half = hostTensor("float32", [2, 2], Float32Array.of(0.5, -2, 65504, 2 ** -24));
      const read = decodeSafetensors(readFileSync(theirs), theirs);
      expect(read.metadata).toEqual(metadata);
      expect(read.tensors).toEqual(new Map([...tensors, ["half", half]]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
