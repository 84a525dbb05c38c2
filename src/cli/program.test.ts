import { type Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "./program.ts";

/** What a command line prints to the standard output before it ends with help. */
async function helpOf(...argv: string[]): Promise<string> {
  let text = "";
  const program = await createProgram(argv);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (part) => (text += part) });
  }
  await expect(program.parseAsync(argv, { from: "user" })).rejects.toMatchObject({ exitCode: 0 });
  return text;
}

/** Why a command line is refused. */
async function refusalOf(...argv: string[]): Promise<string> {
  const program = await createProgram(argv);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: () => undefined });
  }
  const error: unknown = await program.parseAsync(argv, { from: "user" }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommanderError);
  return (error as CommanderError).message;
}

const NAMES = (await createProgram([])).commands.map((command) => command.name());

describe("help", () => {
  it.each(NAMES)("of %s has examples", async (name) => {
    for (const argv of [
      [name, "--help"],
      ["help", name],
    ]) {
      const help = await helpOf(...argv);
      expect(help).toMatch(new RegExp(`^Usage: ganbox ${name}`));
      expect(help).toMatch(new RegExp(`Examples:\n {2}\\$ ganbox ${name}`));
    }
  });

  it("of all lists every command", async () => {
    const help = await helpOf("--help");
    expect(NAMES.length).toBeGreaterThan(8);
    for (const name of NAMES) expect(help).toContain(`  ${name} `);
  });
});

describe("usage", () => {
  it.each([
    [["resume"], "missing required argument 'run'"],
    [["models", "ad", "x"], "unknown command 'ad'"],
    [["init", "--family", "x"], "Allowed choices are"],
    [["validate", "x", "--samples", "0"], "whole number from 1"],
    [["train", "photos", "more"], "too many arguments"],
    [["train", "photos", "--bacth", "8"], "(Did you mean --batch?)"],
    [["tarin"], "(Did you mean train?)"],
    [["walk", "m.onnx", "--out", "o.gif"], "required option '--seeds <list>'"],
    [["walk", "m.onnx", "--seeds", "1,2", "--out", "a.gif", "--fps", "x"], "Expected a number"],
    [["walk", "m.onnx", "--seeds", "1,2", "--out", "a.gif", "--size", "0"], "whole number from 1"],
    [["walk", "m.onnx", "--interpolation", "x"], "Allowed choices are spherical, cubic"],
    [["export", "m.onnx", "--format", "pt"], "Allowed choices are onnx, safetensors"],
  ])("refuses %j", async (argv, message) => {
    expect(await refusalOf(...argv)).toContain(message);
  });

  it("loads only the command that is asked for", async () => {
    const loaded = (program: Command): string[] =>
      program.commands.filter((command) => command.description() !== "").map((c) => c.name());
    expect(loaded(await createProgram(["generate"]))).toEqual(["generate"]);
    expect(loaded(await createProgram(["help", "walk"]))).toEqual(["walk"]);
    expect(loaded(await createProgram([]))).toEqual([]);
  });
});
