import { shortNumber, shortTime } from "../report/numbers.ts";
import { type Compared, type Cost, FIGURES, type FigureName, ranking } from "./figures.ts";

/** A value of one family. */
interface Cell {
  readonly text: string;
  /** Whether it is the best one or ties with it, and others do not. */
  readonly best: boolean;
}

/** One figure of all families, in their order. */
export interface Row {
  readonly name: string;
  readonly meaning: string;
  readonly cells: readonly Cell[];
}

/** What families cost: name, explanation and text. */
const COSTS: readonly (readonly [name: string, meaning: string, text: (cost: Cost) => string])[] = [
  ["training", "time of the whole run", ({ seconds }) => shortTime(seconds)],
  ["s per kimg", "of training", ({ secondsPerKimg }) => shortNumber(secondsPerKimg)],
  ["memory", "of training, MB at most", ({ memoryMb }) => shortNumber(memoryMb)],
  ["weights of G", "generator or decoder", ({ weights }) => count(weights.generator)],
  ["weights of D", "discriminator", ({ weights }) => count(weights.discriminator)],
  ["weights of E", "encoder", ({ weights }) => count(weights.encoder)],
  ["images/s", "drawn when trained", ({ imagesPerSecond }) => shortNumber(imagesPerSecond)],
];

function count(weights: number): string {
  return weights === 0 ? "none" : weights.toLocaleString("en-US");
}

/** Names of the figures that distances are called after their network. */
const OF_NETWORK: readonly FigureName[] = ["frechetDistance", "kernelDistance"];

/** Every figure that some family has, then every cost. */
export function comparisonRows(families: readonly Compared[], network: string): Row[] {
  const names = (Object.keys(FIGURES) as FigureName[]).filter((name) =>
    families.some(({ figures }) => figures[name] !== undefined),
  );
  const rows = names.map((name): Row => {
    const { title, meaning } = FIGURES[name];
    // Where all tie, nothing is best.
    const ranked = ranking(families, name);
    const first =
      ranked === undefined || ranked.rest.length === 0
        ? []
        : ranked.first.map(({ family }) => family);
    const cells = families.map(({ family, figures }) => {
      const figure = figures[name];
      if (figure === undefined) return { text: "", best: false };
      const error = shortNumber(Number(figure.error.toPrecision(2)));
      return { text: `${shortNumber(figure.value)} ± ${error}`, best: first.includes(family) };
    });
    return { name: OF_NETWORK.includes(name) ? `${title}-${network}` : title, meaning, cells };
  });
  const costs = COSTS.map(
    ([name, meaning, text]): Row => ({
      name,
      meaning,
      cells: families.map(({ cost }) => ({ text: text(cost), best: false })),
    }),
  );
  return [...rows, ...costs];
}

/** The rows as a Markdown table: the best value and those that tie with it are bold. */
export function markdownTable(families: readonly Compared[], network: string): string {
  const lines = comparisonRows(families, network).map(({ name, meaning, cells }) => {
    const texts = cells.map(({ text, best }) => (best ? `**${text}**` : text));
    return [name, ...texts, meaning];
  });
  const head = ["", ...families.map(({ family }) => family), ""];
  const rule = ["---", ...families.map(() => "---:"), "---"];
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
