import { Random } from "../../base/random.ts";
import type { Image, Rgb } from "../../media/image.ts";
import { compose } from "./compose.ts";
import type { Mark, Veil } from "./drawing.ts";
import { LAYOUTS, type Layout } from "./layouts.ts";
import { contrastUnder, edgeEnergy, luminancesOf, spread, thirds, veiled } from "./measure.ts";
import type { Page } from "./page.ts";
import { type Palette, paletteOf } from "./palette.ts";
import { drawOver } from "./print.node.ts";
import { imageOf } from "./rows.ts";
import { TREATMENTS, type TreatmentName } from "./treatments.ts";
import type { Typeset } from "./typeset.ts";

/** What a candidate is to be, before there are pictures. */
export interface Idea {
  /** From 1. */
  readonly number: number;
  readonly layout: Layout;
  readonly treatment: TreatmentName;
  /** Seeds of the pictures at the ends of its path through the latent space. */
  readonly seeds: readonly [number, number];
  /** Decides the rest: colours that are a matter of taste, and grain. */
  readonly seed: number;
}

/** A composition with the text on it, and how good it is. */
export interface Candidate extends Idea {
  readonly art: Image;
  readonly palette: Palette;
  readonly marks: readonly Mark[];
  /** Contrast of the text with what is under it in the rendered picture, 1 to 21; what the poster lacks is absent. */
  readonly contrast: {
    readonly title: number;
    readonly tagline?: number;
    readonly credits?: number;
  };
  /** The higher, the better; about 0 to 1. */
  readonly score: number;
}

/** Least contrast of large and of small text. @see WCAG 2.2, success criterion 1.4.3; a little more, for the worst pixels may be darker than those counted */
const ENOUGH = { title: 3.2, tagline: 4.7, credits: 4.7 } as const;

const TEXTS = ["title", "tagline", "credits"] as const;

/** Width of the picture that is measured [pixels]. */
const MEASURED = 420;

/** Opacities of a veil, tried in turn. */
const OPACITIES = [0.25, 0.4, 0.55, 0.7, 0.82, 0.92] as const;

/** How far beyond the text a veil fades, in parts of the height. */
const FADE = 0.13;

/** Shares of the score. */
const SHARES = { legible: 0.32, calm: 0.18, balance: 0.12, tones: 0.26, bare: 0.12 } as const;

/** Pictures below this size [pixels] look blurred where their colours are kept as they are: treatments with edges of their own are preferred by so much. */
const SMALL = 256;
const CRISP = 0.07;

/** What the candidates of a seed are: layouts in turn, each with another treatment, each with its own pictures. */
export function ideas(seed: number, count: number): Idea[] {
  const random = new Random(seed).split("poster");
  const order = [...random.split("layouts").permutation(LAYOUTS.length)];
  return Array.from({ length: count }, (_, i): Idea => {
    const own = random.split(i);
    const layout = LAYOUTS[order[i % order.length] ?? 0] as Layout;
    const choices = layout.treatments;
    const first = random.split(layout.name).integer(choices.length);
    const round = Math.floor(i / order.length);
    return {
      number: i + 1,
      layout,
      treatment: choices[(first + round) % choices.length] as TreatmentName,
      seeds: [own.integer(2 ** 31), own.integer(2 ** 31)],
      seed: own.integer(2 ** 31),
    };
  });
}

/** Makes a candidate of its pictures: art, colours, veils where text could not be read, and the score. */
export async function design(
  idea: Idea,
  page: Page,
  text: Typeset,
  pictures: readonly Image[],
): Promise<Candidate> {
  const random = new Random(idea.seed);
  const { layout } = idea;
  const art = compose(page, layout.pieces(page, pictures));
  const palette = paletteOf(
    compose(page, [{ x: 0, y: 0, width: 1000, height: page.tall, pictures }]),
    random.split("palette"),
  );
  const size = { width: MEASURED, height: Math.round((MEASURED * page.tall) / 1000) };
  const bare = imageOf(TREATMENTS[idea.treatment](art, palette, size, idea.seed));
  const grounds = [palette.dark, palette.light, palette.dark, palette.accent] as const;
  const fill = grounds[random.split("ground").integer(grounds.length)] as Rgb;
  const ground: Mark[] =
    layout.ground === undefined
      ? []
      : [{ kind: "shape", path: layout.ground(page), holes: true, fill }];
  const under = await drawOver(page, bare, ground);
  const set = coloured(page, text, under, palette);
  const seen = luminancesOf(under);
  const whole = { x: 0, y: 0, width: 1000, height: page.tall };
  const restless = edgeEnergy(page, seen, text.title.box) / (edgeEnergy(page, seen, whole) + 1e-6);
  const worst = Math.min(...TEXTS.map((name) => (set.before[name] ?? 21) / ENOUGH[name]));
  const crisp =
    (pictures[0]?.width ?? 0) < SMALL && ["screenprint", "halftone"].includes(idea.treatment);
  const score =
    SHARES.legible * clamp01(Math.log(1 + worst) / Math.log(3)) +
    SHARES.calm * clamp01(1 - restless / 2) +
    SHARES.balance * clamp01(thirds(seen)) +
    SHARES.tones * clamp01(spread(seen) / 0.25) +
    SHARES.bare * (1 - set.opacity) +
    (crisp ? CRISP : 0);
  return {
    ...idea,
    art,
    palette,
    marks: [...ground, ...set.veils, ...set.shapes],
    contrast: { title: 1, ...set.after },
    score,
  };
}

type Contrasts = Partial<Record<(typeof TEXTS)[number], number>>;

/** Colours of the texts, and veils under those that could not be read. */
function coloured(
  page: Page,
  text: Typeset,
  under: Image,
  palette: Palette,
): {
  readonly shapes: Mark[];
  readonly veils: Veil[];
  readonly before: Contrasts;
  readonly after: Contrasts;
  /** Of the strongest veil. */
  readonly opacity: number;
} {
  let picture = under;
  let opacity = 0;
  const veils: Veil[] = [];
  const before: Contrasts = {};
  const chosen: { name: (typeof TEXTS)[number]; colour: Rgb }[] = [];
  for (const name of TEXTS) {
    const box = text[name]?.box;
    if (box === undefined) continue;
    const all = luminancesOf(picture);
    const of = (colour: Rgb): number => contrastUnder(page, all, box, colour);
    const plain = of(palette.light) >= of(palette.dark) ? palette.light : palette.dark;
    before[name] = of(plain);
    // The strongest colour only where it is read as well as people are used to from white on black.
    const colour =
      name === "title" && of(palette.accent) >= 1.4 * ENOUGH.title ? palette.accent : plain;
    chosen.push({ name, colour });
    if (of(colour) >= ENOUGH[name]) continue;
    const shade = colour === palette.light ? palette.dark : palette.light;
    for (const strength of OPACITIES) {
      const veil = veilUnder(page, box, shade, strength);
      const through = veiled(picture, veil);
      const enough = contrastUnder(page, luminancesOf(through), box, colour) >= ENOUGH[name];
      if (!enough && strength !== OPACITIES.at(-1)) continue;
      veils.push(veil);
      picture = through;
      opacity = Math.max(opacity, strength);
      break;
    }
  }
  const all = luminancesOf(picture);
  const after: Contrasts = {};
  const shapes = chosen.flatMap(({ name, colour }): Mark[] => {
    const set = text[name];
    if (set === undefined) return [];
    after[name] = contrastUnder(page, all, set.box, colour);
    return [{ kind: "shape", path: set.path, fill: colour }];
  });
  return { shapes, veils, before, after, opacity };
}

/** A veil under a text that fades above and below it; at the edges of the page it goes on to the edge. */
function veilUnder(
  page: Page,
  box: { readonly y: number; readonly height: number },
  colour: Rgb,
  opacity: number,
): Veil {
  const [top, bottom] = [box.y / page.tall, (box.y + box.height) / page.tall];
  const low = bottom > 0.86;
  const high = top < 0.14;
  const pad = 0.012;
  const stops = [
    { at: high ? 0 : Math.max(0, top - FADE), opacity: high ? opacity : 0 },
    { at: Math.max(0, top - pad), opacity },
    { at: Math.min(1, bottom + pad), opacity },
    { at: low ? 1 : Math.min(1, bottom + FADE), opacity: low ? opacity : 0 },
  ];
  return { kind: "veil", colour, stops };
}

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));
