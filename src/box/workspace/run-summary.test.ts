import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finishedRun, metric, newRun, say, tick } from "../../../test/run-folder.ts";
import { RunFolder } from "../../train/run-folder.node.ts";
import { RunLock } from "../../train/run-lock.node.ts";
import { findRun, readRun } from "./run-record.ts";
import { listRuns, summarizeRun } from "./run-summary.ts";

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), "ganbox-runs-"));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

const start = (kimg: number): object => ({ type: "start", kimg, totalKimg: 2 });
const done = (kimg: number, complete: boolean): object => ({
  type: "done",
  kimg,
  seconds: 1,
  complete,
});

describe("summarizeRun", () => {
  it("reads a finished run", async () => {
    const { path } = await finishedRun(runs);
    expect(summarizeRun(path)).toMatchObject({
      name: "00000-faces-r3gan16",
      state: "finished",
      family: "r3gan",
      resolution: 16,
      source: "/photos/faces",
      pictures: 120,
      kimg: 2,
      totalKimg: 2,
      best: { kimg: 1, kid: 0.05 },
    });
  });

  it("tells how a run ended", () => {
    const run = newRun(runs);
    const state = (): string => summarizeRun(run.path).state;
    expect(state()).toBe("begun");
    say(run, start(0), tick(0.5), metric(0.5, 0.1, true), tick(0.6));
    expect(summarizeRun(run.path)).toMatchObject({
      state: "interrupted",
      kimg: 0.6,
      best: { kid: 0.1 },
    });
    say(run, start(0.5));
    const lock = RunLock.take(run.path);
    expect(summarizeRun(run.path)).toMatchObject({
      state: "running",
      trainer: { pid: process.pid, host: hostname() },
      kimg: 0.5,
    });
    lock.release();
    expect(state()).toBe("interrupted");
    say(run, tick(0.7), done(0.7, false));
    expect(summarizeRun(run.path)).toMatchObject({ state: "stopped", kimg: 0.7 });
    say(run, start(0.7), tick(2), metric(1.5, 0.05, true), done(2, true));
    expect(state()).toBe("finished");
  });

  it("passes over damaged lines and those that a crash cut off", () => {
    const run = newRun(runs);
    say(run, start(0), tick(0.5), metric(0.5, 0.1, true));
    const odd = [
      "{",
      "null",
      "5",
      '{"type":"tick"}',
      '{"type":"constructor"}',
      '{"type":"metric","best":true}',
    ];
    appendFileSync(run.file("stats.jsonl"), `${odd.join("\n")}\n\n{"type":"done","kim`);
    expect(summarizeRun(run.path)).toMatchObject({
      state: "interrupted",
      kimg: 0.5,
      best: { kid: 0.1 },
    });
    const record = readRun(run.path);
    expect(record.damagedLines).toBe(odd.length + 1);
    expect(record.ticks).toHaveLength(1);
  });

  it.each([
    ["{", "damaged"],
    ["null", "damaged"],
    ["{}", "version none, expected version 1"],
    ['{"version": 7}', "version 7, expected version 1"],
    ['{"version": 1, "architecture": {"family": 5}}', "architecture.family is 5"],
    [
      '{"version": 1, "architecture": {"family": "x", "resolution": 8}, "data": null}',
      "data.source is missing",
    ],
  ])("marks a run with the configuration %s", (config, problem) => {
    const run = newRun(runs);
    say(run, start(0), tick(1));
    writeFileSync(run.file("config.json"), config);
    expect(summarizeRun(run.path)).toMatchObject({ state: "damaged", kimg: 0 });
    expect(summarizeRun(run.path).problem).toContain(problem);
    expect(readRun(run.path)).toMatchObject({ config: undefined, ticks: [{ kimg: 1 }] });
  });

  it("shows runs of a family that this Ganbox does not know", () => {
    const run = newRun(runs);
    const config = JSON.stringify(run.config).replaceAll('"r3gan"', '"newgan"');
    writeFileSync(run.file("config.json"), config);
    expect(summarizeRun(run.path)).toMatchObject({ state: "begun", family: "newgan" });
    expect(() => RunFolder.open(run.path)).toThrow(
      /config\.json: the run is of the family "newgan", expected one of r3gan/,
    );
  });
});

describe("listRuns", () => {
  it("lists what runs are, and only that", async () => {
    await finishedRun(runs);
    const renamed = newRun(runs);
    cpSync(renamed.path, join(runs, "my best run"), { recursive: true });
    rmSync(renamed.file("config.json"));
    mkdirSync(join(runs, "notes"));
    writeFileSync(join(runs, "00009-file"), "");
    expect(listRuns(runs).map(({ name, state }) => [name, state])).toEqual([
      ["00000-faces-r3gan16", "finished"],
      ["00001-faces-r3gan16", "damaged"],
      ["my best run", "begun"],
    ]);
    expect(listRuns(join(runs, "absent"))).toEqual([]);
  });

  it("takes less than a second of processor time for a thousand runs", async () => {
    const run = await finishedRun(runs);
    for (let i = 1; i < 200; i++) {
      const copy = join(runs, `${String(i).padStart(5, "0")}-faces-r3gan16`);
      mkdirSync(copy);
      // Nothing else of a run is looked at.
      for (const file of ["config.json", "stats.jsonl"])
        copyFileSync(run.file(file), join(copy, file));
    }
    const before = process.cpuUsage();
    const list = listRuns(runs);
    const { user, system } = process.cpuUsage(before);
    expect(list).toHaveLength(200);
    expect(list.every(({ state, best }) => state === "finished" && best?.kid === 0.05)).toBe(true);
    expect((5 * (user + system)) / 1e6).toBeLessThan(1);
  });
});

describe("readRun", () => {
  it("counts what was trained twice once", () => {
    const run = newRun(runs);
    say(run, start(0), tick(0.5), tick(0.8), metric(0.8, 0.3, true), start(0.5), tick(0.7));
    say(run, metric(0.6, 0.2, true), tick(0.9));
    const record = readRun(run.path);
    expect(record.ticks.map(({ kimg }) => kimg)).toEqual([0.5, 0.7, 0.9]);
    expect(record.metrics.map(({ kimg }) => kimg)).toEqual([0.6]);
  });

  it("finds the samples of a run that was moved, and lists its files", async () => {
    const { path } = await finishedRun(runs);
    const moved = join(runs, "moved");
    cpSync(path, moved, { recursive: true });
    rmSync(path, { recursive: true });
    const { samples, files, card } = readRun(moved);
    expect(samples.map((sample) => sample.path)).toEqual(
      [0, 2].map((kimg) => join(moved, "samples", `kimg-00000${kimg}.0.png`)),
    );
    expect(files.map(({ name }) => name)).toContain("samples/kimg-000002.0.png");
    expect(card).toBe("# A card\n");
  });

  it("says the verdicts that hold at the end", () => {
    const run = newRun(runs);
    say(run, start(0), { ...tick(1), realLogit: 500, fakeLogit: -500 });
    expect(readRun(run.path).verdicts.map(({ name }) => name)).toEqual(["diverging"]);
  });
});

describe("findRun", () => {
  it("takes a path, a name or a number", async () => {
    const { path } = await finishedRun(runs);
    const other = newRun(runs);
    for (const wanted of [path, "00000-faces-r3gan16", "0", "00000"])
      expect(findRun(runs, wanted)).toBe(path);
    expect(findRun(runs, "1")).toBe(other.path);
    rmSync(other.file("config.json"));
    expect(findRun(runs, other.path)).toBe(other.path);
    expect(() => findRun(runs, "00001-faces-r3gan17")).toThrow(
      'did you mean "00001-faces-r3gan16"',
    );
    expect(() => findRun(join(runs, "absent"), "5")).toThrow("there are no runs here yet");
  });
});
