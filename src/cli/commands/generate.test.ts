import { describe, expect, it } from "vitest";
import { ConfigError } from "../../base/errors.ts";
import { createProgram } from "../program.ts";

describe("ganbox generate", () => {
  it.each([
    ["m.onnx", "no seeds are named"],
    ["m.onnx --seeds 1", "nothing to write to"],
    ["m.onnx --seeds 1 --grid", "--grid: there is no folder"],
    ["m.onnx --seeds 1 --upscale 4 --npz a.npz", "--upscale: only pictures become larger"],
    ["m.onnx --video --upscale 4 --out a.mp4", "--upscale: films are not made with it"],
    ["m.onnx --seeds 1 --fps 5 --out a", "--fps: it is about films"],
  ])("refuses %s", async (flags, message) => {
    const argv = ["generate", ...flags.split(" ")];
    const running = (await createProgram(argv)).parseAsync(argv, { from: "user" });
    await expect(running).rejects.toThrow(ConfigError);
    await expect(running).rejects.toThrow(message);
  });
});
