import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { CancelledError, ConfigError } from "../../base/errors.ts";
import { imageGrid } from "../../media/grid.ts";
import { writeImage } from "../../media/image.node.ts";
import type { Image } from "../../media/image.ts";
import { parseCredits } from "../../media/type/billing.ts";
import { outline } from "../../media/type/face.ts";
import { bundledFace, readFace } from "../../media/type/fonts.node.ts";
import { capitals, checkText, tidy } from "../../media/type/text.ts";
import type { GenerateOptions, Generator } from "../generator.ts";
import { checkMakesPictures } from "../makes-pictures.ts";
import type { Critic } from "../refine/critic.ts";
import { parseUpscale, type UpscaleFactor } from "../upscale/factor.ts";
import { upscaled } from "../upscale/upscaled.node.ts";
import { type Candidate, design, type Idea, ideas } from "./candidate.node.ts";
import { LAYOUTS } from "./layouts.ts";
import { type Page, parsePage } from "./page.ts";
import { drawOver, print } from "./print.node.ts";
import { imageOf } from "./rows.ts";
import { TREATMENTS } from "./treatments.ts";
import { type Faces, type Typeset, typeset, type Words } from "./typeset.ts";

/** What a poster is to be. */
export interface PosterOptions extends Pick<GenerateOptions, "truncationPsi" | "class"> {
  readonly title: string;
  /** The credits, one a line: see `parseCredits`. @default none */
  readonly credits?: string;
  /** @default none */
  readonly tagline?: string;
  /** `27x40in`, `50x70cm`, `A3`, or pixels: `1080x1620`. @default "27x40in" */
  readonly size?: string;
  /** Dots per inch. @default 300 */
  readonly dpi?: number;
  /** The same seed makes the same poster. @default 0 */
  readonly seed?: number;
  /** Compositions to choose from, 1 to 60. @default 12 */
  readonly candidates?: number;
  /** The number of the composition to print. @default the best one */
  readonly pick?: number;
  /** Make the pictures of the model 2 or 4 times as large with the super-resolution network before they are composed. @default a filter alone */
  readonly upscale?: UpscaleFactor;
  /** Font file for all texts instead of those that come with Ganbox. */
  readonly font?: string;
  /** File to write: .png or .pdf. */
  readonly out: string;
  /** Also shows all compositions with their numbers, best first, in this picture. @default none */
  readonly sheet?: string;
  /** Told what is being done. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
  /** Aborting gives the poster up. */
  readonly signal?: AbortSignal;
}

/** One composition. */
export interface PosterCandidate {
  /** For `pick`, from 1. */
  readonly number: number;
  readonly layout: string;
  readonly treatment: string;
  /** Seeds of the pictures of the model at the ends of its path through the latent space. */
  readonly seeds: readonly [number, number];
  /** The higher, the better. */
  readonly score: number;
  /** WCAG contrast of each text with what is under it, 1 to 21. */
  readonly contrast: Candidate["contrast"];
}

/** What was made. */
export interface Poster {
  readonly path: string;
  readonly sheet?: string;
  /** Size [pixels]. */
  readonly width: number;
  readonly height: number;
  /** The composition that was printed, and all of them, best first. */
  readonly chosen: PosterCandidate;
  readonly candidates: readonly PosterCandidate[];
}

const MAX_CANDIDATES = 60;

/** Width of a poster on the contact sheet [pixels]. */
const THUMB = 300;

/** Share of the discriminator in the order, beside scores of about 0 to 1. */
const CRITIC_SHARE = 0.1;

/** A poster that is planned: all that can be wrong with what was asked for has been checked. */
export interface PosterPlan {
  readonly options: PosterOptions;
  readonly page: Page;
  readonly ideas: readonly Idea[];
  /** The texts as each layout sets them. */
  readonly texts: ReadonlyMap<string, Typeset>;
  readonly faces: Faces;
  readonly words: Words;
}

/**
 * Checks what was asked for and sets the text, before any model is loaded.
 *
 * @throws {ConfigError} if an option is out of range, or a text is empty, too long, or of letters that the fonts lack.
 * @throws {MediaError} if the font cannot be read.
 */
export function planPoster(options: PosterOptions): PosterPlan {
  const { seed = 0, candidates = 12, pick, out, sheet } = options;
  const page = parsePage(options.size ?? "27x40in", options.dpi ?? 300);
  if (!/\.(png|pdf)$/i.test(out)) {
    throw new ConfigError(
      `out: posters are not written as "${extname(out)}" (${out}), expected .png or .pdf. Change the file's extension.`,
    );
  }
  if (sheet !== undefined && !/\.(png|jpe?g|webp)$/i.test(sheet)) {
    throw new ConfigError(`sheet: got "${sheet}", expected a .png, .jpg or .webp file.`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new ConfigError(`seed: ${seed} is no seed, expected a whole number.`);
  }
  if (!(Number.isInteger(candidates) && candidates >= 1 && candidates <= MAX_CANDIDATES)) {
    throw new ConfigError(`candidates: got ${candidates}, expected 1 to ${MAX_CANDIDATES}.`);
  }
  if (pick !== undefined && !(Number.isInteger(pick) && pick >= 1 && pick <= candidates)) {
    throw new ConfigError(
      `pick: got ${pick}, expected 1 to ${candidates}, the number of candidates.`,
    );
  }
  if (options.upscale !== undefined) parseUpscale(options.upscale);
  const own = options.font === undefined ? undefined : readFace(options.font);
  const faces: Faces = {
    display: own ?? bundledFace("display"),
    serif: own ?? bundledFace("serif"),
    credits: own ?? bundledFace("credits"),
  };
  const words = wordsOf(options, faces);
  const texts = new Map(
    LAYOUTS.map((layout) => [layout.name, typeset(page, layout, words, faces)]),
  );
  return { options, page, ideas: ideas(seed, candidates), texts, faces, words };
}

function wordsOf(options: PosterOptions, faces: Faces): Words {
  const title = capitals(tidy(options.title));
  if (title === "") throw new ConfigError("title: it is empty, expected at least one letter.");
  const tagline = capitals(tidy(options.tagline ?? ""));
  const credits = parseCredits(options.credits ?? "");
  for (const face of [faces.display, faces.serif]) checkText("title", title, face);
  checkText("tagline", tagline, faces.credits);
  checkText("credits", credits.map(({ text }) => text).join(" "), faces.credits);
  return { title, tagline, credits };
}

/**
 * Makes the poster of a plan: pictures of the model, every composition at a small size, and the best one, or the one that was picked, in print size.
 *
 * @param critic The discriminator of the model, if there is one: compositions of pictures that it takes for real come first.
 * @throws {ConfigError} if the model has no such class, or truncation is out of range.
 * @throws {MediaError} if a file cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function drawPoster(
  plan: PosterPlan,
  generator: Generator,
  critic?: Critic,
): Promise<Poster> {
  const { options, page, words } = plan;
  checkMakesPictures(generator.info.architecture, "poster");
  const made = await candidatesOf(plan, generator);
  const bonus = await judged(plan, generator, critic);
  const ranked = made
    .map((candidate, i) => ({ ...candidate, score: candidate.score + (bonus[i] ?? 0) }))
    .sort((p, q) => q.score - p.score || p.number - q.number);
  if (options.sheet !== undefined) await writeImage(options.sheet, await sheetOf(plan, ranked));
  const chosen = ranked.find(({ number }) => number === (options.pick ?? ranked[0]?.number));
  if (chosen === undefined) throw new Error("internal: a poster without candidates");
  const rows = TREATMENTS[chosen.treatment](chosen.art, chosen.palette, page, chosen.seed);
  const { onProgress, signal } = options;
  await print(
    options.out,
    { page, rows, marks: chosen.marks, title: words.title },
    {
      ...(onProgress === undefined
        ? {}
        : { onProgress: (done, total) => onProgress("rows", done, total) }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return {
    path: options.out,
    ...(options.sheet === undefined ? {} : { sheet: options.sheet }),
    width: page.width,
    height: page.height,
    chosen: summaryOf(chosen),
    candidates: ranked.map(summaryOf),
  };
}

async function candidatesOf(plan: PosterPlan, generator: Generator): Promise<Candidate[]> {
  const { options, page, ideas, texts } = plan;
  const { onProgress, signal, truncationPsi, upscale, class: label } = options;
  const settings = {
    ...(truncationPsi === undefined ? {} : { truncationPsi }),
    ...(label === undefined ? {} : { class: label }),
  };
  const made: Candidate[] = [];
  for (const idea of ideas) {
    if (signal?.aborted) {
      throw new CancelledError(`poster: stopped on request after ${made.length} compositions.`);
    }
    const along = await generator.path(idea.seeds, settings);
    const count = idea.layout.pictures(page, generator.info.architecture);
    // Half of the closed path leads from the first seed to the second.
    const latents = Array.from({ length: count }, (_, i) =>
      along(count === 1 ? 0 : i / (count - 1) / 2),
    );
    const pictures: Image[] = [];
    const generated = upscaled(generator.generate(latents, settings), upscale);
    for await (const picture of generated) pictures.push(picture);
    const text = texts.get(idea.layout.name);
    if (text !== undefined) made.push(await design(idea, page, text, pictures));
    onProgress?.("compositions", made.length, ideas.length);
  }
  return made;
}

/** What the discriminator adds to each score: its logits, centred and scaled over the candidates, bounded. */
async function judged(
  { ideas, options }: PosterPlan,
  generator: Generator,
  critic: Critic | undefined,
): Promise<number[]> {
  if (critic === undefined) return [];
  const label = options.class === undefined ? undefined : generator.classOf(options.class);
  const latents = ideas.flatMap(({ seeds }) =>
    seeds.map((seed) => {
      const latent = generator.latentOf(seed);
      return label === undefined ? latent : { ...latent, class: label };
    }),
  );
  const logits = await critic.logits(latents);
  const means = ideas.map((_, i) => ((logits[2 * i] ?? 0) + (logits[2 * i + 1] ?? 0)) / 2);
  const mean = means.reduce((sum, x) => sum + x, 0) / means.length;
  const deviation = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / means.length);
  return means.map((x) => CRITIC_SHARE * Math.tanh((x - mean) / (deviation + 1e-6)));
}

/** All candidates as small posters, best first, with their numbers below. */
async function sheetOf(plan: PosterPlan, ranked: readonly Candidate[]): Promise<Image> {
  const { page } = plan;
  const height = Math.round((THUMB * page.tall) / 1000);
  const foot = 30;
  const thumbs: Image[] = [];
  for (const { art, palette, treatment, marks, number, seed } of ranked) {
    const size = { width: THUMB, height };
    const bare = imageOf(TREATMENTS[treatment](art, palette, size, seed));
    const poster = await drawOver(page, bare, marks);
    const data = new Uint8Array(3 * THUMB * (height + foot)).fill(255);
    data.set(poster.data);
    // The foot belongs to a page that is a little taller.
    const tall = (1000 * (height + foot)) / THUMB;
    const label = outline(bundledFace("display").run(String(number)), 10, tall - 22, 84);
    thumbs.push(
      await drawOver({ ...page, tall }, { width: THUMB, height: height + foot, data }, [
        { kind: "shape", path: label, fill: [40, 40, 40] },
      ]),
    );
  }
  const columns = Math.min(thumbs.length, 6);
  return imageGrid(thumbs, { columns, gap: 14 });
}

function summaryOf(candidate: Candidate): PosterCandidate {
  const { number, layout, treatment, seeds, score, contrast } = candidate;
  return { number, layout: layout.name, treatment, seeds, score, contrast };
}

/**
 * The credits in a text file.
 *
 * @throws {ConfigError} if it cannot be read or is no text in UTF-8.
 */
export function readCredits(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new ConfigError(
      `${path}: the credits cannot be read (${(cause as Error).message}), expected a text file in UTF-8 with a credit a line. Check the path.`,
      { cause },
    );
  }
}
