import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

/** Chance alone puts under 1 % of the samples into eight discs of radius 0.03. */
const LEAST_SHARE = 15;

it("the example learns a ring of eight Gaussians", async () => {
  const args = ["--conditions=@ganbox/source", "--import", "tsx", "examples/tiny-gan.ts", "1"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  const [, modes] = /^(\d) of 8 modes covered$/m.exec(stdout) ?? [];
  const [, share] = /^([\d.]+) % of the samples/m.exec(stdout) ?? [];
  expect(Number(modes)).toBeGreaterThanOrEqual(7);
  expect(Number(share)).toBeGreaterThan(LEAST_SHARE);
}, 180_000);
