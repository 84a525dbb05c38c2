import { type Cell, toCsv } from "../../media/csv.ts";
import type { RunRecord } from "./run-record.ts";

/** Fields of an event that are no figures. */
const NO_FIGURES: readonly string[] = ["type", "time", "network", "best"];

/**
 * The figures of a run as a table (CSV), a row an event in the order of positions: `event` is "tick" (losses, logits, speed, memory) or "metric" (KID,
 * diversity, memorisation of a snapshot); `step` and `kimg` are positions, `best` marks snapshots that were the best so far.
 */
export function curvesCsv({ ticks, metrics }: Pick<RunRecord, "ticks" | "metrics">): string {
  const row = (event: string, { step, kimg, ...figures }: Event, best?: boolean): Row => ({
    event,
    step,
    kimg,
    ...(best === undefined ? {} : { best }),
    ...Object.fromEntries(Object.entries(figures).filter(([name]) => !NO_FIGURES.includes(name))),
  });
  const rows = [
    ...ticks.map((tick) => row("tick", { ...tick })),
    ...metrics.map((metric) => row("metric", { ...metric }, metric.best)),
  ];
  return toCsv(rows.sort((a, b) => Number(a.kimg) - Number(b.kimg)));
}

type Row = Readonly<Record<string, Cell>>;

interface Event {
  readonly step: number;
  readonly kimg: number;
  readonly [figure: string]: Cell;
}
