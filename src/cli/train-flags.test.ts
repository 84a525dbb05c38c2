import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { describeOptions, type TrainOptions } from "../box/training.ts";
import { addTrainFlags, readTrainInput } from "./train-flags.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-flags-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function command(...flags: string[]): Command {
  const made = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addTrainFlags(made);
  return made.parse(flags, { from: "user" });
}

const read = async (...flags: string[]): Promise<TrainOptions> =>
  (await readTrainInput(command(...flags), undefined, folder)).options;

function configFile(content: string): string {
  const path = join(folder, "config.json");
  writeFileSync(path, content);
  return path;
}

describe("flags of training", () => {
  it("exist for every option, and only for them", () => {
    const attributes = new Set(command().options.map((option) => option.attributeName()));
    expect([...attributes].sort()).toEqual(
      describeOptions()
        .map(({ name }) => name)
        .sort(),
    );
    for (const { long, description } of command().options) {
      expect(long).toMatch(/^--[a-z0-9-]+$/);
      expect(description).not.toBe("");
    }
  });

  it("become options of the right type", async () => {
    const flags = [
      ["--resolution", "32"],
      ["--kimg", "0.5"],
      ["--family", "r3gan"],
      ["--micro-batch", "8"],
      ["--gamma", "2,0.2"],
      ["--widths", "64, 32"],
      ["--augmentations", "translate,cutout"],
      ["--background", "#00ff00"],
      ["--conditional"],
      ["--no-mirror"],
    ];
    expect(await read(...flags.flat())).toEqual({
      resolution: 32,
      kimg: 0.5,
      family: "r3gan",
      microBatch: 8,
      gamma: [2, 0.2],
      widths: [64, 32],
      augmentations: ["translate", "cutout"],
      background: "#00ff00",
      conditional: true,
      mirror: false,
    });
  });

  it("leave out what was not given, so that defaults stay with the schema", async () => {
    expect(await read()).toEqual({});
    expect(await read("--mirror")).toEqual({ mirror: true });
  });

  it.each([
    [["--batch", "0"], /batch: .*\(got 0\)/],
    [["--batch", "many"], /batch: .*number.*\(got "many"\)/],
    [["--batch", ""], /batch: .*number.*\(got ""\)/],
    [["--gamma", "1"], /gamma: .*\(got \[1\]\)/],
    [["--gamma", "1,x"], /gamma.1: .*\(got "x"\)/],
    [["--augment", "sometimes"], /augment: .*"none".*"adaptive".*\(got "sometimes"\)/],
    [["--background", "red"], /background: expected a colour like #ffffff/],
  ])("refuse %j", async (flags, message) => {
    await expect(read(...flags)).rejects.toThrow(message);
    await expect(read(...flags)).rejects.toThrow(ConfigError);
  });

  it("win over a configuration file, and that over the settings of the workspace", async () => {
    const path = configFile('{"resolution": 32, "gamma": [2, 1], "mirror": false}');
    const flags = command("--resolution", "64", "--mirror");
    const named = await readTrainInput(flags, path, folder);
    expect(named).toEqual({ options: { resolution: 64, gamma: [2, 1], mirror: true }, file: path });

    const workspace = join(folder, "workspace");
    mkdirSync(workspace);
    const settings = { batch: 8, gamma: [1, 1], kimg: 5 };
    const content = { version: 1, name: "w", data: ["../photos"], settings };
    writeFileSync(join(workspace, "ganbox.json"), JSON.stringify(content));
    expect(await readTrainInput(command("--iterations", "3"), path, workspace)).toEqual({
      options: { resolution: 32, gamma: [2, 1], mirror: false, batch: 8, iterations: 3 },
      data: join(folder, "photos"),
      file: path,
    });
    const own = join(workspace, "ganbox.config.json");
    writeFileSync(own, '{"data": "faces", "kimg": 9}');
    expect(await readTrainInput(command(), undefined, workspace)).toEqual({
      options: { batch: 8, gamma: [1, 1], kimg: 9 },
      data: join(workspace, "faces"),
      file: own,
    });
  });
});
