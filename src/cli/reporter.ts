import type { MetricEvent, StartEvent, TickEvent, TrainEvent } from "../base/events.ts";
import { formatSize } from "../base/size.ts";
import { nounsOf } from "../box/workspace.ts";
import { statusLine } from "./status-line.ts";
import { Terminal } from "./terminal.ts";
import { formatCount, formatDuration, formatNumber, showPath } from "./text.ts";

/** Shows the events of a training. */
export interface Reporter {
  event(event: TrainEvent): void;
  /** Something to say that is no event. */
  note(text: string): void;
  /** Ends the status line. */
  close(): void;
}

/** The reporter for this output: JSON lines, a status line on a terminal, or plain lines. */
export function createReporter(json: boolean): Reporter {
  if (json) return jsonReporter;
  const terminal = new Terminal(process.stdout);
  return terminal.live ? new LiveReporter(terminal) : new PlainReporter(terminal);
}

const jsonReporter: Reporter = {
  event: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  close: () => undefined,
};

/** One line an event. */
class PlainReporter implements Reporter {
  readonly #terminal: Terminal;
  #stage = "";
  #metric: MetricEvent | undefined;
  #speed: string | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: TrainEvent): void {
    if (event.type === "prepare") {
      if (event.stage !== this.#stage) this.note(`${event.stage} (${event.total})`);
      this.#stage = event.stage;
    } else if (event.type === "tick")
      this.note(tickFields(event, this.#metric, this.#speed).join("  "));
    else if (event.type === "checkpoint") {
      this.note(`checkpoint at ${formatNumber(event.kimg)} kimg`);
    } else {
      if (event.type === "metric") this.#metric = event;
      if (event.type === "start") this.#speed = nounsOf(event.family).speed;
      printOthers(this.#terminal, event);
    }
  }

  note(text: string): void {
    this.#terminal.print(text);
  }

  close(): void {}
}

/** A progress bar with the latest figures, rewritten in place. */
class LiveReporter implements Reporter {
  readonly #terminal: Terminal;
  #tick: TickEvent | undefined;
  #metric: MetricEvent | undefined;
  #speed: string | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: TrainEvent): void {
    if (event.type === "metric") this.#metric = event;
    if (event.type === "prepare") {
      const stage = `${event.stage} ${event.done}/${event.total}`;
      // Work beside the steps, and after the last one, leaves the line to them.
      if (this.#tick !== undefined) this.#showTick(this.#tick, [stage]);
      else this.#show(event.done / event.total, [stage]);
    } else if (event.type === "tick") {
      this.#tick = event;
      this.#showTick(event);
    } else if (event.type === "start") {
      this.#speed = nounsOf(event.family).speed;
      this.#terminal.status("");
      printOthers(this.#terminal, event);
      this.#show(event.kimg / event.totalKimg, ["first step ..."]);
    } else if (event.type !== "checkpoint") printOthers(this.#terminal, event);
  }

  note(text: string): void {
    this.#terminal.print(text);
  }

  close(): void {
    this.#terminal.status("");
  }

  #showTick(tick: TickEvent, first: readonly string[] = []): void {
    this.#show(tick.kimg / tick.totalKimg, [
      ...first,
      ...tickFields(tick, this.#metric, this.#speed),
    ]);
  }

  #show(part: number, fields: readonly string[]): void {
    this.#terminal.status(statusLine(part, fields, this.#terminal.columns));
  }
}

/**
 * The figures of a tick and the last quick metric, the most wanted first.
 *
 * @param speed Unit of the speed.
 */
export function tickFields(event: TickEvent, metric?: MetricEvent, speed = "img/s"): string[] {
  const two = (x: number): string => x.toFixed(2);
  const named = (name: string, x: number | undefined): string =>
    x === undefined ? "" : ` ${name} ${two(x)}`;
  return [
    `${formatNumber(event.kimg)}/${formatNumber(event.totalKimg)} kimg`,
    `${formatNumber(event.imagesPerSecond)} ${speed}`,
    `ETA ${formatDuration(event.etaSeconds)}`,
    ...(metric === undefined ? [] : [`KID ${metric.kid.toFixed(3)}`]),
    `loss${named("D", event.lossD)}${named("E", event.lossE)}${named("G", event.lossG)}`,
    ...(event.realLogit === undefined || event.fakeLogit === undefined
      ? []
      : [`real ${two(event.realLogit)} fake ${two(event.fakeLogit)}`]),
    ...(event.reconstruction === undefined ? [] : [`error ${event.reconstruction.toFixed(3)}`]),
    ...(event.divergence === undefined ? [] : [`KL ${two(event.divergence)}`]),
    `${Math.round(event.memoryMb)} MB`,
    `p ${two(event.augmentP)}`,
  ];
}

function startLine(event: StartEvent): string {
  const { family, pictures, parameters, kimg, totalKimg } = event;
  const { generator, discriminator, encoder = 0 } = parameters;
  const networks = { G: generator, D: discriminator, E: encoder };
  const present = Object.entries(networks).filter(([, weights]) => weights > 0);
  const weights = present.map(([, count]) => formatCount(count)).join(" + ");
  const names = present.map(([name]) => name).join(" + ");
  return `${family} at ${formatSize(event)}, ${formatCount(pictures)} ${nounsOf(family).many}, ${weights} weights (${names}), ${formatNumber(kimg)} of ${formatNumber(totalKimg)} kimg`;
}

function metricLine(event: MetricEvent): string {
  const { kimg, kid, network, diversity, memorised, best } = event;
  const fields = [
    `KID-${network} ${formatNumber(kid)}${best ? ", the best so far" : ""}`,
    `diversity ${formatNumber(diversity)}`,
    ...(memorised === undefined ? [] : [`memorised ${formatNumber(100 * memorised)} %`]),
  ];
  return `snapshot at ${formatNumber(kimg)} kimg: ${fields.join(", ")}`;
}

/** The events that look the same everywhere. The last one, `done`, belongs to the command: it says what can be done next. */
function printOthers(terminal: Terminal, event: TrainEvent): void {
  if (event.type === "start") {
    terminal.print(terminal.style("bold", showPath(event.run)));
    terminal.print(startLine(event));
  } else if (event.type === "sample") {
    terminal.print(
      terminal.style("dim", `samples at ${formatNumber(event.kimg)} kimg: ${showPath(event.path)}`),
    );
  } else if (event.type === "metric") {
    terminal.print(terminal.style("dim", metricLine(event)));
  } else if (event.type === "verdict") {
    const good = event.name === "still improving";
    const head = terminal.style(good ? "bold" : "yellow", `${event.name}:`);
    terminal.print(`${head} ${event.seen} ${event.advice}`);
  } else if (event.type === "warning") {
    terminal.print(terminal.style("yellow", `warning: ${event.message}`));
  }
}
