/** @file What is measured of each family, which value is best, and which differences mean nothing. */

/** A measured value. */
export interface Figure {
  readonly value: number;
  /** Standard error that comes from the drawn pictures: others would have given another value. */
  readonly error: number;
}

/** What a figure is called and what is good. */
interface FigureKind {
  readonly title: string;
  /** What a reader needs to know, in a few words. */
  readonly meaning: string;
  /** How far a value is from the best one. */
  readonly miss: (value: number) => number;
}

/** Part of unseen pictures that counts as memorised by definition. */
export const UNSEEN = 0.05;

const less = (value: number): number => value;
const more = (value: number): number => -value;
const one = (value: number): number => Math.abs(value - 1);

/** The figures in the order of the table. */
export const FIGURES = {
  frechetDistance: { title: "FD", meaning: "distance from the data, 0 is best", miss: less },
  kernelDistance: { title: "KID", meaning: "distance from the data, 0 is best", miss: less },
  precision: { title: "precision", meaning: "quality, 1 is best", miss: more },
  recall: { title: "recall", meaning: "variety, 1 is best", miss: more },
  density: { title: "density", meaning: "quality, 1 is like real", miss: one },
  coverage: { title: "coverage", meaning: "variety, 1 is best", miss: more },
  diversity: { title: "diversity", meaning: "1 is like real, 0 all alike", miss: one },
  memorised: {
    title: "memorised",
    meaning: "copies; 0.05 is like unseen pictures",
    miss: (value) => Math.max(0, value - UNSEEN),
  },
  sharpness: { title: "sharpness", meaning: "1 is like real, less is blurred", miss: one },
  reconstruction: { title: "reconstruction", meaning: "dB, more is nearer", miss: more },
} as const satisfies Readonly<Record<string, FigureKind>>;

/** Name of a figure. */
export type FigureName = keyof typeof FIGURES;

/** Figures of a model; one that could not be measured is absent. */
export type Figures = Readonly<Partial<Record<FigureName, Figure>>>;

/** What a family costs. */
export interface Cost {
  /** Time of training [s]. */
  readonly seconds: number;
  readonly secondsPerKimg: number;
  /** Largest resident memory of the training process [MB]. */
  readonly memoryMb: number;
  /** Trained weights; 0 where there is no such network. */
  readonly weights: {
    readonly generator: number;
    readonly discriminator: number;
    readonly encoder: number;
  };
  /** Pictures that its generator draws in a second. */
  readonly imagesPerSecond: number;
}

/** A family as far as words and tables need it. */
export interface Compared {
  readonly family: string;
  readonly figures: Figures;
  readonly cost: Cost;
}

/** Parts of the drawn pictures that errors come from. */
export const PARTS = 5;

/** Differences of fewer standard errors are called ties: 95 % of Student's t with 2 (5 - 1) degrees of freedom. */
const TIE = 2.31;

/** Whether two values are the same within their errors. */
export function isSame(a: Figure, b: Figure): boolean {
  return Math.abs(a.value - b.value) <= TIE * Math.hypot(a.error, b.error);
}

/** Whether two values of a figure are equally good within their errors. */
export function isTie(name: FigureName, a: Figure, b: Figure): boolean {
  const missed = ({ value, error }: Figure): Figure => ({
    value: FIGURES[name].miss(value),
    error,
  });
  return isSame(missed(a), missed(b));
}

/** A family and its value of one figure. */
export interface Ranked {
  readonly family: string;
  readonly figure: Figure;
}

/**
 * The families that have a figure, the best first: `first` is the best one and those that tie with it.
 *
 * @returns Undefined if fewer than two families have it: then nothing is best.
 */
export function ranking(
  families: readonly Compared[],
  name: FigureName,
): { readonly first: readonly Ranked[]; readonly rest: readonly Ranked[] } | undefined {
  const { miss } = FIGURES[name];
  const all = families
    .flatMap(({ family, figures }) => {
      const figure = figures[name];
      return figure === undefined ? [] : [{ family, figure }];
    })
    .sort((a, b) => miss(a.figure.value) - miss(b.figure.value));
  const [best] = all;
  if (best === undefined || all.length < 2) return undefined;
  const ties = (one: Ranked): boolean => one === best || isTie(name, one.figure, best.figure);
  return { first: all.filter(ties), rest: all.filter((one) => !ties(one)) };
}

/**
 * Mean of equal parts' values with its standard error.
 *
 * @param value What is told; the parts only say how sure it is.
 */
export function figureOf(value: number, parts: readonly number[]): Figure {
  const mean = parts.reduce((sum, x) => sum + x, 0) / parts.length;
  const variance = parts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (parts.length - 1);
  return { value, error: Math.sqrt(variance / parts.length) };
}
