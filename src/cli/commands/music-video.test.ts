import { describe, expect, it } from "vitest";
import { ConfigError } from "../../base/errors.ts";
import { createProgram } from "../program.ts";

describe("ganbox music-video", () => {
  it.each([
    ["", "neither --song nor --compose"],
    ["--song a.wav --compose --out x.mp4", "both --song and --compose"],
    ["--song a.wav", "neither --out nor --analysis"],
    ["--compose --analysis x.png", "--compose without --out"],
    ["--song a.wav --model m.onnx --analysis x.png", "--model without --out"],
    ["--song a.wav --bpm 90 --out x.mp4", "--bpm with --song"],
    ["--song a.wav --soundfont x.sf2 --out x.mp4", "--soundfont with --song"],
    ["--compose --start 5 --out x.mp4", "start: got 5 with compose"],
    ["--song a.wav --out x.mp4 --pulse 3", "pulse: .*got 3"],
  ])("refuses %s", async (flags, message) => {
    const argv = ["music-video", ...flags.split(" ").filter((word) => word !== "")];
    const running = (await createProgram(argv)).parseAsync(argv, { from: "user" });
    await expect(running).rejects.toThrow(ConfigError);
    await expect(running).rejects.toThrow(new RegExp(message));
  });
});
