import { shortNumber } from "../report/numbers.ts";
import {
  type Compared,
  FIGURES,
  type FigureName,
  isSame,
  isTie,
  type Ranked,
  ranking,
  UNSEEN,
} from "./figures.ts";

/** Something that the figures say. */
export interface Finding {
  readonly topic: string;
  /** One or more sentences. */
  readonly text: string;
  /** Whether it warns. */
  readonly warns: boolean;
}

/** Costs that differ by less [relative] are called equal: times of a shared machine are no more exact. */
const COST_TIE = 1.1;

/** Generated pictures whose diversity is lower are called alike. */
const ALIKE = 0.6;

/** Share of copies that is worth a warning. */
const COPIES = 0.15;

/** What the figures of families say, by rules: differences within the errors are ties. */
export function findings(families: readonly Compared[]): Finding[] {
  const [only] = families;
  if (only === undefined) return [];
  if (families.length === 1) {
    const text = `${only.family} is the only family here, so nothing is best or worst.`;
    return [{ topic: "Nothing to compare", text, warns: false }, ...warnings(families)];
  }
  return [
    finding("Nearest to the data", nearest(families)),
    finding("Quality and variety", [
      rank(families, "precision"),
      rank(families, "coverage"),
      rank(families, "recall"),
    ]),
    finding("Sharpness", [sharpness(families)]),
    finding("Reconstruction", [
      rank(families, "reconstruction", "likeness of reconstructions [dB]"),
    ]),
    finding("Cost", [trainingCost(families), speed(families)]),
    finding("Quality for its cost", [trade(families)]),
    ...warnings(families),
  ].flatMap((one) => one ?? []);
}

function finding(topic: string, sentences: readonly (string | undefined)[]): Finding | undefined {
  const text = sentences.filter((sentence) => sentence !== undefined).join(" ");
  return text === "" ? undefined : { topic, text, warns: false };
}

/** `a`, `a and b`, `a, b and c`. */
function list(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

function withValue({ family, figure }: Ranked): string {
  return `${family} (${shortNumber(figure.value)} ± ${shortNumber(Number(figure.error.toPrecision(2)))})`;
}

/** Who is best by a figure, and who follows. */
function rank(
  families: readonly Compared[],
  name: FigureName,
  title: string = FIGURES[name].title,
): string | undefined {
  const ranked = ranking(families, name);
  if (ranked === undefined) return undefined;
  const [first, rest] = [list(ranked.first.map(withValue)), list(ranked.rest.map(withValue))];
  if (ranked.rest.length === 0)
    return `By ${title} they tie: ${first}; the differences are within the errors.`;
  return ranked.first.length === 1
    ? `By ${title} ${first} is best, before ${rest}.`
    : `By ${title} ${first} tie for the first place, before ${rest}.`;
}

function nearest(families: readonly Compared[]): (string | undefined)[] {
  const [fd, kid] = [ranking(families, "frechetDistance"), ranking(families, "kernelDistance")];
  const both = fd?.first.some(({ family }) => kid?.first.some((one) => one.family === family));
  return [
    rank(families, "frechetDistance"),
    rank(families, "kernelDistance"),
    fd !== undefined && kid !== undefined && both !== true
      ? "The two do not agree on the first place: with few pictures trust KID, and look at the samples."
      : undefined,
  ];
}

function sharpness(families: readonly Compared[]): string | undefined {
  const known = families
    .flatMap(({ family, figures: { sharpness: figure } }) => (figure ? [{ family, figure }] : []))
    .sort((a, b) => b.figure.value - a.figure.value);
  const [sharpest, blurriest] = [known[0], known.at(-1)];
  if (sharpest === undefined || blurriest === undefined || known.length < 2) return undefined;
  const sharp = known.filter(({ figure }) => isSame(figure, sharpest.figure));
  const blurred = known.filter(
    (one) => !sharp.includes(one) && isSame(one.figure, blurriest.figure),
  );
  const noisy = known.filter(({ figure }) => figure.value - 2 * figure.error > 1.1);
  const more =
    noisy.length === 0
      ? ""
      : ` Above 1, as of ${list(noisy.map(({ family }) => family))}, pictures have more edges than real ones: often noise.`;
  const values = list(known.map(withValue));
  if (sharp.length === known.length)
    return `All are equally sharp within the errors: ${values}; 1 is like real.${more}`;
  const names = (some: readonly Ranked[]): string => list(some.map(({ family }) => family));
  return `The sharpest pictures are those of ${names(sharp)}, the blurriest those of ${names(blurred)}: ${values}; 1 is like real.${more}`;
}

/** Families in the order of a cost, and those that are about as cheap as the first. */
function byCost(
  families: readonly Compared[],
  cost: (one: Compared) => number,
): { readonly cheap: readonly Compared[]; readonly dear: readonly Compared[] } {
  const order = [...families].sort((a, b) => cost(a) - cost(b));
  const least = order[0] === undefined ? 0 : cost(order[0]);
  const isCheap = (one: Compared): boolean => cost(one) <= COST_TIE * least;
  return { cheap: order.filter(isCheap), dear: order.filter((one) => !isCheap(one)) };
}

function trainingCost(families: readonly Compared[]): string {
  const seconds = ({ cost }: Compared): number => cost.secondsPerKimg;
  const { cheap, dear } = byCost(families, seconds);
  const least = Math.min(...families.map(seconds));
  const each = (one: Compared): string => `${one.family} (${shortNumber(seconds(one))} s per kimg)`;
  if (dear.length === 0) return `All cost about the same to train: ${list(cheap.map(each))}.`;
  const times = dear.map(
    (one) => `${one.family} takes ${Number((seconds(one) / least).toPrecision(2))} times as long`,
  );
  return `${list(cheap.map(each))} ${cheap.length === 1 ? "is" : "are"} the cheapest to train; ${list(times)}.`;
}

function speed(families: readonly Compared[]): string {
  const { cheap, dear } = byCost(families, ({ cost }) => 1 / cost.imagesPerSecond);
  const each = ({ family, cost }: Compared): string =>
    `${family} (${shortNumber(cost.imagesPerSecond)} a second)`;
  return dear.length === 0
    ? `All draw pictures about equally fast: ${list(cheap.map(each))}.`
    : `Fastest at drawing pictures: ${list(cheap.map(each))}, before ${list(dear.map(each))}.`;
}

/** Who is beaten in KID and in time of training by one other family. */
function trade(families: readonly Compared[]): string | undefined {
  const known = families.filter(({ figures }) => figures.kernelDistance !== undefined);
  if (known.length < 2) return undefined;
  const beaten = known.flatMap((one) => {
    const by = known.find((other) => other !== one && beats(other, one));
    return by === undefined ? [] : [{ one, by }];
  });
  const left = known.filter((one) => !beaten.some((pair) => pair.one === one));
  const names = list(left.map(({ family }) => family));
  if (beaten.length === 0)
    return `None of ${names} is beaten in both KID and time of training: more time buys quality here, or they tie.`;
  const pairs = beaten.map(({ one, by }) => `${one.family} is beaten by ${by.family}`);
  return `In both KID and time of training ${list(pairs)}; ${names} ${left.length === 1 ? "is" : "are"} not beaten.`;
}

/** Whether `a` has a KID that is lower by more than the errors, and does not take longer. */
function beats(a: Compared, b: Compared): boolean {
  const [x, y] = [a.figures.kernelDistance, b.figures.kernelDistance];
  if (x === undefined || y === undefined) return false;
  const better = x.value < y.value && !isTie("kernelDistance", x, y);
  return better && a.cost.secondsPerKimg <= COST_TIE * b.cost.secondsPerKimg;
}

function warnings(families: readonly Compared[]): Finding[] {
  return families.flatMap(({ family, figures: { memorised, diversity } }) => {
    const found: Finding[] = [];
    if (memorised !== undefined && memorised.value - 2 * memorised.error > COPIES) {
      const text = `${shortNumber(100 * memorised.value)} % of the pictures of ${family} lie nearer to a training picture than all but ${100 * UNSEEN} % of unseen ones do. See the nearest pairs.`;
      found.push({ topic: `${family} copies training pictures`, text, warns: true });
    }
    if (diversity !== undefined && diversity.value + 2 * diversity.error < ALIKE) {
      const text = `Two pictures of ${family} differ ${shortNumber(diversity.value)} times as much as two real ones. The model has collapsed, or has not been trained for long.`;
      found.push({ topic: `${family} draws pictures that are alike`, text, warns: true });
    }
    return found;
  });
}
