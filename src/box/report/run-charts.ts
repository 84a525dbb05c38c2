import type { MetricEvent, TickEvent } from "../../base/events.ts";
import { lineChart, type Series } from "../../media/plot/line-chart.ts";
import { nounsOf } from "../../models/words.ts";
import type { RunRecord } from "../workspace/run-record.ts";

/** A chart of a report. */
export interface Chart {
  readonly title: string;
  readonly note?: string;
  readonly svg: string;
}

/** Figures that belong into one chart. */
interface Group {
  readonly title: string;
  readonly note?: string;
  /** Names of the figures in the events, and of their lines. */
  readonly lines: Readonly<Record<string, string>>;
  readonly log?: boolean;
  /** Values that the axis must show. */
  readonly show?: readonly number[];
}

const METRIC_GROUPS: readonly Group[] = [
  {
    title: "Kernel distance (KID)",
    note: "from the data set; lower is better",
    lines: { kid: "KID" },
    show: [0],
  },
  {
    title: "Diversity",
    note: "of generated pictures, 1 is like real ones",
    lines: { diversity: "diversity" },
    show: [0, 1],
  },
  {
    title: "Memorisation",
    note: "share nearer to a training picture than 95 % of unseen ones: 0.05 is like unseen",
    lines: { memorised: "memorised" },
    show: [0, 1],
  },
];

/** Charts of the training itself. Figures that are named nowhere here get a chart of their own. */
const TICK_GROUPS: readonly Group[] = [
  {
    title: "Losses",
    lines: { lossD: "discriminator", lossG: "generator", lossE: "encoder" },
  },
  { title: "Reconstruction error", lines: { reconstruction: "error" }, show: [0] },
  {
    title: "Divergence of the codes",
    note: "from the standard normal distribution, nats a picture",
    lines: { divergence: "divergence" },
    show: [0],
  },
  {
    title: "Logits",
    note: "means of the discriminator",
    lines: { realLogit: "real", fakeLogit: "generated" },
  },
  {
    title: "Sign of real minus generated",
    note: "1: the discriminator is always right; beside it the strength of augmentation",
    lines: { realSign: "sign", augmentP: "augmentation" },
    show: [0, 1],
  },
  {
    title: "Squared input gradients",
    note: "what the gradient penalty holds down",
    lines: { r1: "at real (R1)", r2: "at generated (R2)" },
    log: true,
  },
  {
    title: "Norms of the weights' gradients",
    lines: {
      gradientNormD: "discriminator",
      gradientNormG: "generator",
      gradientNormE: "encoder",
    },
    log: true,
  },
  { title: "Path length", lines: { pathLength: "length" } },
  { title: "Learning rate", lines: { learningRate: "learning rate" } },
  { title: "Weight of the penalty (gamma)", lines: { gamma: "gamma" } },
  { title: "Memory", note: "of the training process, MB", lines: { memoryMb: "MB" }, show: [0] },
];

/** In what is shown to the networks a second. */
const speedGroup = (unit: string): Group => ({
  title: "Speed",
  lines: { imagesPerSecond: unit },
  show: [0],
});

/** Numbers of a tick that say where it is, not how it goes. */
const POSITIONS = new Set(["step", "kimg", "totalKimg", "seconds", "etaSeconds"]);

type Fields = Readonly<Record<string, unknown>>;

function seriesOf(events: readonly Fields[], key: string, name: string, marked: boolean): Series {
  const points = events.map(({ kimg, [key]: value }): [number, number] => [
    kimg as number,
    typeof value === "number" ? value : Number.NaN,
  ]);
  return { name, points, marked };
}

function chartOf(group: Group, events: readonly Fields[], marked: boolean): Chart | undefined {
  const series = Object.entries(group.lines)
    .map(([key, name]) => seriesOf(events, key, name, marked))
    .filter(({ points }) => points.some(([, y]) => Number.isFinite(y)));
  // Nothing to see: the figure does not exist in this run, or is 0 all the time.
  if (series.every(({ points }) => points.every(([, y]) => !Number.isFinite(y) || y === 0)))
    return undefined;
  const svg = lineChart(series, {
    label: `${group.title} by kimg`,
    xLabel: "kimg",
    ...(group.log === undefined ? {} : { yLog: group.log }),
    ...(group.show === undefined ? {} : { yShow: group.show }),
  });
  return { title: group.title, ...(group.note === undefined ? {} : { note: group.note }), svg };
}

/** Figures of the ticks that no group knows: a family may have some of its own. */
function otherGroups(groups: readonly Group[], ticks: readonly Fields[]): Group[] {
  const known = new Set(groups.flatMap(({ lines }) => Object.keys(lines)));
  const keys = new Set(
    ticks.flatMap((tick) =>
      Object.entries(tick).flatMap(([key, value]) => (typeof value === "number" ? [key] : [])),
    ),
  );
  return [...keys]
    .filter((key) => !known.has(key) && !POSITIONS.has(key))
    .map((key) => ({ title: key, lines: { [key]: key } }));
}

/** Figures that an event keeps in an object of its own, beside the others. */
function flat(event: TickEvent | MetricEvent): Fields {
  const entries = Object.entries(event).flatMap(([key, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [[key, value]],
  );
  return Object.fromEntries(entries);
}

/** The curves of a run: measured quality first, then the training. None for what the run has not said. */
export function runCharts({ summary, ticks, metrics }: RunRecord): {
  readonly quality: readonly Chart[];
  readonly training: readonly Chart[];
} {
  const [flatTicks, flatMetrics] = [ticks.map(flat), metrics.map(flat)];
  const known = [...TICK_GROUPS, speedGroup(nounsOf(summary.family ?? "").speed)];
  const training = [...known, ...otherGroups(known, flatTicks)];
  return {
    quality: METRIC_GROUPS.flatMap((group) => chartOf(group, flatMetrics, true) ?? []),
    training: training.flatMap((group) => chartOf(group, flatTicks, false) ?? []),
  };
}
