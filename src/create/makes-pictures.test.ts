import { expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import type { Architecture } from "../models/family.ts";
import { checkMakesPictures } from "./makes-pictures.ts";

const of = (family: string): Architecture => ({
  family,
  channels: 3,
  height: 16,
  width: 16,
  latent: 8,
  classes: 0,
  widths: [8, 8, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
});

it("lets models of pictures through, and frames of films where they will do", () => {
  checkMakesPictures(of("r3gan"), "generate");
  checkMakesPictures(of("video"), "generate");
  expect(() => checkMakesPictures(of("video"), "metrics", { frames: false })).toThrow(
    /^metrics: .*makes clips, expected one that makes pictures\. Use `ganbox generate --video`/,
  );
});

it.each(["music", "sound"])("names the command for models of %s", (family) => {
  expect(() => checkMakesPictures(of(family), "walk")).toThrow(ConfigError);
  expect(() => checkMakesPictures(of(family), "walk")).toThrow(
    family === "music" ? /Use `ganbox music`\.$/ : /Use `ganbox sounds`\.$/,
  );
});
