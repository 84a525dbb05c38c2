import { htmlNotice } from "../../media/page.ts";
import { type Cloud, scatterPlot } from "../../media/plot/scatter-plot.ts";
import { type Features, selectRows } from "../../metrics/features.ts";
import { type PrincipalComponents, principalComponents } from "../../metrics/projection-pca.ts";
import { LEAST_UMAP, umapPoints } from "../../metrics/projection-umap.ts";
import { shortNumber } from "../report/numbers.ts";
import { cards, familyColour } from "./cards.ts";

/** Features of one family's samples. */
export interface NamedFeatures {
  readonly family: string;
  readonly features: Features;
}

/** Components that UMAP starts from: fewer than the features, so that it is faster, and all that matters. */
const COMPONENTS = 50;

/** Size of a map [pixels of the SVG]. */
const SIZE = { width: 360, height: 330 } as const;

/** Colour of real pictures, on light and on dark pages. */
const GREY = "#9aa0a8";

type Place = readonly [x: number, y: number];

/**
 * Maps of the features of real pictures (grey) and of each family's samples (coloured): by principal components and by UMAP. All families of a kind share one
 * map; each plot shows one of them.
 *
 * @returns HTML.
 */
export async function latentMaps(
  real: Features,
  families: readonly NamedFeatures[],
  seed: number,
  onProgress: (stage: string, done: number, total: number) => void,
): Promise<string> {
  const maps = await mapsOf([real, ...families.map(({ features }) => features)], seed, onProgress);
  if (maps === undefined) return htmlNotice("plain", "", "There are too few pictures for maps.");
  const names = families.map(({ family }) => family);
  return [figures("PCA", names, maps.pca, maps.components), figures("UMAP", names, maps.umap)].join(
    "\n",
  );
}

/** Places of pictures on maps that they share, in groups as they were given. */
export interface Maps {
  readonly pca: readonly (readonly Place[])[];
  readonly umap: readonly (readonly Place[])[];
  readonly components: PrincipalComponents;
}

/**
 * Maps of features: by two principal components, and by UMAP of the first 50.
 *
 * @returns Undefined if there are too few.
 */
export async function mapsOf(
  sets: readonly Features[],
  seed: number,
  onProgress: (stage: string, done: number, total: number) => void,
): Promise<Maps | undefined> {
  const all = joined(sets);
  if (all.count < LEAST_UMAP) return undefined;
  const components = await principalComponents(all, COMPONENTS);
  const umap = await umapPoints(components.points, {
    seed,
    onRound: (done, total) => onProgress("drawing the map", done, total),
  });
  const counts = sets.map(({ count }) => count);
  return {
    pca: splitPlaces(components.points, counts),
    umap: splitPlaces(umap, counts),
    components,
  };
}

/** Some pictures of a set, evenly spread over it. */
export function someRows(features: Features, count: number): Features {
  if (features.count <= count) return features;
  return selectRows(
    features,
    Array.from({ length: count }, (_, i) => Math.floor((i * features.count) / count)),
  );
}

function joined(sets: readonly Features[]): Features {
  const width = sets[0]?.width ?? 0;
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const data = new Float32Array(count * width);
  let row = 0;
  for (const set of sets) {
    data.set(set.data, row * width);
    row += set.count;
  }
  return { count, width, data };
}

/** The first two numbers of each row, in groups of `counts` rows. */
function splitPlaces({ width, data }: Features, counts: readonly number[]): Place[][] {
  let row = 0;
  return counts.map((count) =>
    Array.from({ length: count }, (): Place => {
      const from = width * row++;
      return [data[from] as number, width > 1 ? (data[from + 1] as number) : 0];
    }),
  );
}

/** One plot a family. The third series is invisible: it gives all plots the same axes. */
function figures(
  kind: "PCA" | "UMAP",
  names: readonly string[],
  [real = [], ...samples]: readonly (readonly Place[])[],
  components?: PrincipalComponents,
): string {
  const everything = [...real, ...samples.flat()];
  const [xs, ys] = [everything.map(([x]) => x), everything.map(([, y]) => y)];
  const corners: Place[] = [
    [Math.min(...xs), Math.min(...ys)],
    [Math.max(...xs), Math.max(...ys)],
  ];
  const [first = 0, second = 0] = components?.shares ?? [];
  const percent = (share: number): string => `${shortNumber(100 * share)} %`;
  const note =
    components === undefined
      ? "UMAP: what is near stays near"
      : `principal components, ${percent(first)} and ${percent(second)} of the variance`;
  const plots = names.map((family, i) => {
    const clouds: Cloud[] = [
      { name: "real", points: real },
      { name: family, points: samples[i] ?? [] },
      { name: "", points: corners },
    ];
    const svg = scatterPlot(clouds, { ...SIZE, label: `${kind} of ${family} and real pictures` });
    const colours = `--series-1:${GREY};--series-2:${familyColour(i)};--series-3:transparent`;
    return { title: family, index: i, note, html: `<div style="${colours}">${svg}</div>` };
  });
  return cards(plots, 300);
}
