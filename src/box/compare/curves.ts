import { lineChart, type Series } from "../../media/plot/line-chart.ts";
import { runCharts } from "../report/run-charts.ts";
import type { RunRecord } from "../workspace/run-record.ts";
import type { Card } from "./cards.ts";

/** The run of a family. */
export interface NamedRecord {
  readonly family: string;
  readonly record: RunRecord;
}

type Key = "kid" | "diversity" | "memorised";

const QUALITY: readonly {
  readonly key: Key;
  readonly title: string;
  readonly note: string;
  readonly show: readonly number[];
}[] = [
  { key: "kid", title: "KID", note: "from the data set; lower is better", show: [0] },
  { key: "diversity", title: "Diversity", note: "1 is like real ones", show: [0, 1] },
  { key: "memorised", title: "Memorisation", note: "0.05 is like unseen pictures", show: [0] },
];

/** Quality over the course of training, a line for each family: by images shown, and KID by time too. Nothing where no run was measured on its way. */
export function qualityCurves(runs: readonly NamedRecord[]): Card[] {
  if (runs.every(({ record }) => record.metrics.length === 0)) return [];
  const minutes = ({ record }: NamedRecord): number =>
    (record.ticks.at(-1)?.seconds ?? 0) / 60 / Math.max(record.summary.kimg, Number.MIN_VALUE);
  const series = (key: Key, scale: (run: NamedRecord) => number): Series[] =>
    runs.map((run) => ({
      name: run.family,
      marked: true,
      points: run.record.metrics.map((event): [number, number] => [
        event.kimg * scale(run),
        event[key] ?? Number.NaN,
      ]),
    }));
  const byKimg = QUALITY.map(({ key, title, note, show }) => {
    const label = `${title} by kimg`;
    const html = lineChart(
      series(key, () => 1),
      { label, xLabel: "kimg", yShow: show },
    );
    return { title: `${title} by images shown`, note, html };
  });
  const byTime = lineChart(series("kid", minutes), {
    label: "KID by time of training",
    xLabel: "minutes",
    yShow: [0],
  });
  const [kid, ...others] = byKimg;
  return [
    ...(kid === undefined ? [] : [kid]),
    { title: "KID by time of training", note: "what a minute buys", html: byTime },
    ...others,
  ];
}

/** The losses of each family: they mean different things, so each has axes of its own. */
export function lossCurves(runs: readonly NamedRecord[]): Card[] {
  return runs.flatMap(({ family, record }, index) => {
    const chart = runCharts(record).training[0];
    return chart === undefined ? [] : [{ title: `${family}: losses`, index, html: chart.svg }];
  });
}
