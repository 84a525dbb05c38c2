import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { barSize } from "../../media/midi/roll.ts";
import { writeWhole } from "../write-whole.node.ts";
import type { PackedBars } from "./music-dataset.ts";

/** Version of the packed form. A change of the cells or of the index makes a new one. */
export const MUSIC_PACK_VERSION = 1;

/** Bytes before the index: its length. */
const LENGTH_BYTES = 4;

const indexSchema = z.object({
  version: z.literal(MUSIC_PACK_VERSION),
  contentHash: z.string(),
  /** Path the pieces came from, for people who clear the cache. */
  source: z.string(),
  format: z.object({
    stepsPerBar: z.union([z.literal(16), z.literal(24)]),
    lowPitch: z.number().int().nonnegative(),
    pitches: z.number().int().positive(),
  }),
  files: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  runs: z.array(
    z.object({
      file: z.number().int().nonnegative(),
      first: z.number().int().nonnegative(),
      count: z.number().int().positive(),
    }),
  ),
  /** CRC-32 of the bits. */
  crc32: z.number(),
});

/** Where packed bars come from. */
export interface PackOrigin {
  readonly source: string;
  readonly contentHash: string;
}

/**
 * Writes packed bars as one file: the length of the index (4 bytes, the highest first), the index as JSON, the bits. It appears whole or not at all.
 *
 * @throws {DatasetError} if it cannot be written.
 */
export async function writeBarPack(
  path: string,
  packed: PackedBars,
  origin: PackOrigin,
): Promise<void> {
  const { bits, ...rest } = packed;
  const index = { version: MUSIC_PACK_VERSION, ...origin, ...rest, crc32: crc32(bits) };
  const json = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  await writeWhole(path, async (file) => {
    await file.writev([length, json, bits]);
  });
}

/** Reads packed bars; undefined if there are none, or they are damaged, and have to be made again. */
export async function readBarPack(
  path: string,
  contentHash: string,
): Promise<PackedBars | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8", LENGTH_BYTES, end));
  } catch {
    return undefined;
  }
  const { success, data: index } = indexSchema.safeParse(json);
  if (!success || index.contentHash !== contentHash) return undefined;
  const bits = bytes.subarray(end);
  const bars = index.runs.reduce((sum, run) => sum + run.count, 0);
  const sound = bits.length * 8 === bars * barSize(index.format) && crc32(bits) === index.crc32;
  const { format, files, skipped, runs } = index;
  const complete = runs.every(({ file }) => file < files.length);
  return sound && complete ? { format, files, skipped, runs, bits } : undefined;
}
