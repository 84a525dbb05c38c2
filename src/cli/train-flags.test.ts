import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { describeOptions, type TrainOptions } from "../box/training.ts";
import { addTrainFlags, readTrainOptions } from "./train-flags.ts";

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

const read = (...flags: string[]): TrainOptions => readTrainOptions(command(...flags), undefined);

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

  it("become options of the right type", () => {
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
    expect(read(...flags.flat())).toEqual({
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

  it("leave out what was not given, so that defaults stay with the schema", () => {
    expect(read()).toEqual({});
    expect(read("--mirror")).toEqual({ mirror: true });
  });

  it.each([
    [["--batch", "0"], /batch: .*\(got 0\)/],
    [["--batch", "many"], /batch: .*number.*\(got "many"\)/],
    [["--batch", ""], /batch: .*number.*\(got ""\)/],
    [["--gamma", "1"], /gamma: .*\(got \[1\]\)/],
    [["--gamma", "1,x"], /gamma.1: .*\(got "x"\)/],
    [["--augment", "sometimes"], /augment: .*"none".*"adaptive".*\(got "sometimes"\)/],
    [["--background", "red"], /background: expected a colour like #ffffff/],
  ])("refuse %j", (flags, message) => {
    expect(() => read(...flags)).toThrow(message);
    expect(() => read(...flags)).toThrow(ConfigError);
  });

  it("win over a configuration file", () => {
    const path = configFile('{"resolution": 32, "gamma": [2, 1], "mirror": false}');
    expect(readTrainOptions(command("--resolution", "64", "--mirror"), path)).toEqual({
      resolution: 64,
      gamma: [2, 1],
      mirror: true,
    });
  });

  it.each([
    ["{", /cannot be read.*expected a JSON file/],
    ['{"resolutoin": 64}', /unknown option "resolutoin", did you mean "resolution"/],
    ['{"batch": "8"}', /batch: .*\(got "8"\)/],
  ])("name the configuration file that is wrong: %s", (content, message) => {
    const path = configFile(content);
    const reading = (): unknown => readTrainOptions(command(), path);
    expect(reading).toThrow(message);
    expect(reading).toThrow(path);
    expect(reading).toThrow(ConfigError);
  });

  it("say that a configuration file is missing", () => {
    const path = join(folder, "absent.json");
    expect(() => readTrainOptions(command(), path)).toThrow(/absent.json: .*ENOENT/);
  });
});
