import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findPython, runPython } from "../../test/python.ts";
import { ConfigError } from "../base/errors.ts";
import { checkReportFile, writeFeatures, writeReportFile } from "./metric-files.ts";
import type { MetricReport } from "./metrics.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-metric-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = findPython("numpy");
const told = (program: string, path: string): unknown =>
  JSON.parse(runPython(python ?? "", `import csv, json, sys, numpy as np\n${program}`, [path]));

const REPORT: MetricReport = {
  model: "a, b.onnx",
  data: { source: "photos", pictures: 4, trainingPictures: 36, heldOut: 0.1, hash: "00" },
  features: { name: "mixed5", sha256: "11", width: 768 },
  samples: 20,
  seed: 3,
  refine: { method: "rank", rounds: 4 },
  results: {
    frechetDistance: 1.5,
    kernelDistance: { mean: 0.1, deviation: 0.01, subsets: 10, subsetSize: 4 },
    memorisation: { share: 0.5, medianRatio: 1, closest: [] },
  },
  notes: ["few pictures"],
  seconds: 2,
};

describe("writeReportFile", () => {
  it("writes all of it as JSON", () => {
    const path = join(folder, "report.json");
    writeReportFile(path, REPORT);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(REPORT);
  });

  it.skipIf(python === undefined)("writes the figures as a row of CSV", () => {
    const path = join(folder, "report.csv");
    writeReportFile(path, REPORT);
    const rows = told("print(json.dumps(list(csv.DictReader(open(sys.argv[1])))))", path);
    expect(rows).toEqual([
      expect.objectContaining({
        model: "a, b.onnx",
        data: "photos",
        heldOut: "0.1",
        "refine.method": "rank",
        frechetDistance: "1.5",
        "kernelDistance.mean": "0.1",
        "memorisation.share": "0.5",
      }),
    ]);
  });

  it("refuses other endings before anything is measured", () => {
    expect(() => checkReportFile("report.txt")).toThrow(ConfigError);
    expect(() => checkReportFile("report.csv")).not.toThrow();
  });
});

it.skipIf(python === undefined)("writeFeatures writes arrays that NumPy reads", async () => {
  const path = join(folder, "features.npz");
  await writeFeatures(path, {
    generated: { count: 1, width: 2, data: Float32Array.of(1, 2) },
    seeds: [7],
    real: { count: 2, width: 2, data: Float32Array.of(3, 4, 5, 6) },
    files: ["a.png", "b.png"],
  });
  const program =
    "f = np.load(sys.argv[1])\nprint(json.dumps({k: f[k].tolist() for k in f.files}))";
  expect(told(program, path)).toEqual({
    generated: [[1, 2]],
    seed: [7],
    real: [
      [3, 4],
      [5, 6],
    ],
    file: ["a.png", "b.png"],
  });
});
