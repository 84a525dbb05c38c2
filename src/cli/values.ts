/** @file Texts of the command line to values. */
import { InvalidArgumentError } from "commander";
import { ConfigError } from "../base/errors.ts";
import { type Resolution, resolutionOf, sizeOfResolution } from "../base/size.ts";

/** Most seeds of one list. */
const MAX_SEEDS = 100_000;

/**
 * Seeds of a list such as `0-31,40,1-3`, in its order.
 *
 * @throws {ConfigError} if it is no such list, a range runs backwards, or there are too many.
 */
export function parseSeeds(text: string): number[] {
  const seeds: number[] = [];
  for (const part of text.split(",")) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
      throw new ConfigError(
        `--seeds: "${part.trim()}" is no seed, expected whole numbers and ranges such as 0-31,40.`,
      );
    }
    if (to < from) {
      throw new ConfigError(
        `--seeds: the range "${part.trim()}" runs backwards, expected the smaller number first: ${to}-${from}.`,
      );
    }
    if (seeds.length + to - from >= MAX_SEEDS) {
      throw new ConfigError(
        `--seeds: "${text}" names more than ${MAX_SEEDS} seeds, expected fewer. Make them in several calls.`,
      );
    }
    for (let seed = from; seed <= to; seed++) seeds.push(seed);
  }
  return seeds;
}

/** A number, for an option of commander. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidArgumentError("Expected a number.");
  }
  return value;
}

/** A whole number of at least 1, for an option of commander. */
export function parseCount(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("Expected a whole number from 1.");
  }
  return value;
}

/** The side of squares, or width x height such as 96x64, for an option of commander. */
export function parseResolution(text: string): Resolution {
  if (/^[1-9]\d*(x[1-9]\d*)?$/.test(text)) return resolutionOf(sizeOfResolution(text));
  throw new InvalidArgumentError("Expected a side such as 64, or width x height such as 96x64.");
}
