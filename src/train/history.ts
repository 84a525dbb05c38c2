import type { MetricEvent, TickEvent, TrainEvent, VerdictName } from "../base/events.ts";

/** Ticks that are kept: more than any verdict looks at. */
const KEPT_TICKS = 1000;

/** What a run has said that its further course depends on. Read back from `stats.jsonl`, it is what it was. */
export class History {
  /** Since the last divergence, oldest first. */
  ticks: readonly TickEvent[] = [];
  /** Oldest first; a snapshot that was measured twice counts once. */
  metrics: readonly MetricEvent[] = [];
  /** Positions at which the numbers stopped being finite [kimg]. */
  divergences: readonly number[] = [];
  /** Verdicts that were said. */
  readonly said: Set<VerdictName> = new Set();
  /** The best snapshot ever measured, which is `model/best.onnx`. */
  best: MetricEvent | undefined;

  /**
   * The history of a run up to a position: what came after it will come again.
   *
   * @param text `stats.jsonl`. Lines that are no JSON, such as one cut off by a crash, are passed over.
   */
  static parse(text: string, kimg: number): History {
    const history = new History();
    for (const line of text.split("\n")) {
      const event = parseLine(line);
      if (event !== undefined) history.add(event);
    }
    history.#goBackTo(kimg);
    return history;
  }

  /** Takes note of an event. */
  add(event: TrainEvent): void {
    if (event.type === "start") this.#goBackTo(event.kimg);
    else if (event.type === "tick") this.ticks = [...this.ticks, event].slice(-KEPT_TICKS);
    else if (event.type === "metric") {
      this.metrics = [...this.metrics.filter(({ step }) => step < event.step), event];
      if (event.best) this.best = event;
    } else if (event.type === "verdict") this.said.add(event.name);
    else if (event.type === "warning" && event.divergedAtKimg !== undefined) {
      this.ticks = [];
      this.divergences = [...this.divergences, event.divergedAtKimg];
    }
  }

  #goBackTo(position: number): void {
    this.ticks = this.ticks.filter(({ kimg }) => kimg <= position);
    this.metrics = this.metrics.filter(({ kimg }) => kimg <= position);
    this.divergences = this.divergences.filter((kimg) => kimg <= position);
  }
}

function parseLine(line: string): TrainEvent | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === "object" && event !== null ? (event as TrainEvent) : undefined;
  } catch {
    return undefined;
  }
}
