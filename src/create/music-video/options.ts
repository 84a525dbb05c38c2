import { z } from "zod";
import { ConfigError } from "../../base/errors.ts";
import { nearestKey } from "../../base/spelling.ts";

const strength = (standard: number, what: string): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(1).default(standard).describe(`${what}, 0 to 1`);

/** Most pixels of a side. */
const MAX_SIDE = 8192;

/**
 * Every option of how a song becomes pictures, in one place: the library's arguments, the command's flags and the documentation are made from it.
 */
export const musicVideoOptionsSchema = z.strictObject({
  seed: z.number().int().nonnegative().default(0).describe("decides everything random"),
  start: z
    .number()
    .nonnegative()
    .default(0)
    .describe("second of the song at which the film begins"),
  seconds: z
    .number()
    .positive()
    .optional()
    .describe("length of the film (default: to the end of the song)"),
  size: z
    .tuple([z.number().int().min(16).max(MAX_SIDE), z.number().int().min(16).max(MAX_SIDE)])
    .readonly()
    .refine((sides) => sides.every((side) => side % 2 === 0), "expected even numbers")
    .optional()
    .describe(
      "width and height of the film in pixels, both even (default: the model's, enlarged to 256 or more)",
    ),
  upscale: z
    .number()
    .refine((times) => times === 1 || times === 2 || times === 4, "expected 1, 2 or 4")
    .default(1)
    .describe(
      "pictures 2 or 4 times as large by the super-resolution network before the filter does the rest",
    ),
  fit: z
    .enum(["cover", "contain"])
    .default("cover")
    .describe("whether pictures of another shape than the film are cut off or get black bars"),
  fps: z.number().min(1).max(120).default(30).describe("frames a second"),
  motion: strength(0.4, "how fast the picture changes by itself"),
  speed: strength(0.6, "how much loudness makes that faster and quiet slower"),
  pulse: strength(0.6, "how far beats and onsets push the picture"),
  style: strength(0.5, "how much of the picture follows what --follow names"),
  follow: z
    .enum(["none", "pitch", "section"])
    .default("section")
    .describe(
      "what chooses the class or, without classes, the style: the notes or the part of the song",
    ),
  cuts: strength(
    0,
    "how often the picture jumps at the start of a bar: 1 at each, 0.5 at every second, 0 never",
  ),
  colour: strength(0.3, "how far notes turn the hue and loudness the saturation"),
  flash: strength(0.1, "how much beats brighten the picture, at most three times a second"),
  zoom: strength(0.3, "how far bass and beats bring the picture closer"),
  truncation: z
    .number()
    .min(0)
    .max(2)
    .default(1)
    .describe("below 1 more typical pictures and more alike, above 1 more unusual"),
  quality: z
    .number()
    .min(0)
    .max(100)
    .default(80)
    .describe("0 for the smallest file, 100 for the best picture"),
  codec: z
    .enum(["h264", "vp9", "av1"])
    .optional()
    .describe("coding of the pictures (default: h264 for mp4, vp9 for webm)"),
});

/** Options of how a song becomes pictures, as a caller writes them. */
export type MusicVideoSettings = z.input<typeof musicVideoOptionsSchema>;

/** The same with defaults filled in. */
export type ResolvedSettings = z.output<typeof musicVideoOptionsSchema>;

/**
 * Checks options and fills in what is left out.
 *
 * @param where Name of their source, for messages.
 * @throws {ConfigError} if one is unknown or out of range.
 */
export function resolveSettings(settings: unknown, where: string): ResolvedSettings {
  const result = musicVideoOptionsSchema.safeParse(settings);
  if (result.success) return result.data;
  const known = Object.keys(musicVideoOptionsSchema.shape);
  const lines = result.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys
        .map((key) => `${where}: unknown option "${key}"${nearestKey(key, known)}.`)
        .join("\n");
    }
    const value = issue.path.reduce<unknown>(
      (v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key],
      settings,
    );
    return `${where}: ${issue.path.join(".")}: ${issue.message} (got ${JSON.stringify(value)}).`;
  });
  throw new ConfigError(lines.join("\n"));
}

/** The parts of an option's JSON schema that flags and documentation are made from. */
interface SettingProperty {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

/** Every option: its name and its schema. */
export function describeSettings(): {
  readonly name: string;
  readonly property: SettingProperty;
}[] {
  const { properties = {} } = z.toJSONSchema(musicVideoOptionsSchema, { io: "input" });
  return Object.entries(properties as Record<string, SettingProperty>).map(([name, property]) => ({
    name,
    property,
  }));
}
