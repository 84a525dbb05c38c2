import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findPython, runPython } from "../../test/python.ts";
import { ConfigError, MediaError, ShapeError } from "../base/errors.ts";
import { hostTensor } from "../base/tensor.ts";
import { toCsv } from "./csv.ts";
import { encodeNpy } from "./npy.ts";
import { writeNpz } from "./npz.node.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-npy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = findPython("numpy");
const told = (program: string, ...args: string[]): unknown =>
  JSON.parse(runPython(python ?? "", `import json, sys, numpy as np\n${program}`, args));

async function* halves(data: Float32Array): AsyncGenerator<{ data: Float32Array }> {
  yield { data: data.subarray(0, 2) };
  yield { data: data.subarray(2) };
}

describe.skipIf(python === undefined)("read by NumPy", () => {
  it.each([
    hostTensor("uint8", [2, 1, 3], Uint8Array.of(0, 1, 2, 253, 254, 255)),
    hostTensor("int32", [2], Int32Array.of(-1, 2 ** 31 - 1)),
    hostTensor("float32", [2, 2], Float32Array.of(0.5, -1, 3, 4)),
    hostTensor("float64", [], Float64Array.of(Math.PI)),
    hostTensor("bool", [2], Uint8Array.of(1, 0)),
    hostTensor("float32", [0, 4]),
  ])("an array of $dtype $shape", (tensor) => {
    const path = join(folder, "array.npy");
    writeFileSync(path, encodeNpy(tensor));
    const program =
      "a = np.load(sys.argv[1])\nprint(json.dumps([str(a.dtype), a.shape, a.astype(float).ravel().tolist()]))";
    const expected = [tensor.dtype, [...tensor.shape], [...tensor.data].map(Number)];
    expect(told(program, path)).toEqual(expected);
  });

  it("arrays, pieces and texts of an archive", async () => {
    const path = join(folder, "new", "all.npz");
    await writeNpz(path, {
      z: { dtype: "float32", shape: [2, 2], pieces: () => halves(Float32Array.of(1, 2, 3, 4)) },
      seed: hostTensor("int64", [2], BigInt64Array.of(7n, 2n ** 53n)),
      classes: ["Katze", "犬🐕"],
    });
    const program =
      "f = np.load(sys.argv[1])\nprint(json.dumps([f.files, f['z'].tolist(), f['seed'].tolist(), f['classes'].tolist()]))";
    expect(told(program, path)).toEqual([
      ["z", "seed", "classes"],
      [
        [1, 2],
        [3, 4],
      ],
      [7, 2 ** 53],
      ["Katze", "犬🐕"],
    ]);
    expect(readdirSync(join(folder, "new"))).toEqual(["all.npz"]);
  });

  it("a table", () => {
    const path = join(folder, "table.csv");
    const rows = [
      { name: 'a,"b"\nc', kid: 0.5 },
      { name: "d", kid: Number.NaN, more: true },
    ];
    writeFileSync(path, toCsv(rows));
    const program =
      "import csv\nprint(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))";
    expect(told(program, path)).toEqual([
      { name: 'a,"b"\nc', kid: "0.5", more: "" },
      { name: "d", kid: "", more: "true" },
    ]);
  });
});

describe("refused", () => {
  it("a tensor that does not fill its shape", () => {
    const odd = { dtype: "uint8", shape: [3], data: new Uint8Array(2) } as const;
    expect(() => encodeNpy(odd)).toThrow(ShapeError);
  });

  it("more than an archive holds, and a folder that is none; the file before stays", async () => {
    const path = join(folder, "large.npz");
    const large = {
      dtype: "uint8",
      shape: [5e9],
      pieces: () => halves(new Float32Array()),
    } as const;
    await expect(writeNpz(path, { large })).rejects.toThrow(ConfigError);
    writeFileSync(path, "before");
    await expect(writeNpz(join(path, "x.npz"), {})).rejects.toThrow(MediaError);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});
