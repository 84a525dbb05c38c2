import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ALLOCATOR } from "../src/train/fork.node.ts";
import type { Settings } from "./settings.ts";

/** A measurement: seconds by name, or what a process says of itself. */
export type Report = Readonly<Record<string, number | boolean>>;

/** Stops between measurements [ms]: worker threads of the peer that was measured last keep spinning for a while. */
const SETTLE_MS = 400;

/**
 * A process that measures on request: a line to its standard input asks, a JSON line answers. Both peers of a comparison are
 * started before the first measurement and take turns, so that neither gets the cooler machine. Both run with the allocator
 * settings that Ganbox gives its training process.
 */
export class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  #errors = "";

  private constructor(name: string, command: string, args: readonly string[]) {
    this.#name = name;
    this.#child = spawn(command, args, { env: { ...process.env, ...ALLOCATOR } });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts a process and waits until it is ready. */
  static async start(name: string, command: string, args: readonly string[]): Promise<Peer> {
    const peer = new Peer(name, command, args);
    await peer.#read();
    return peer;
  }

  /** Starts PyTorch's side of a comparison: the program of the family. */
  static startTorch(python: string, settings: Settings): Promise<Peer> {
    const program = join(import.meta.dirname, `torch/${settings.family}.py`);
    return Peer.start("PyTorch", python, ["-B", program, JSON.stringify(settings)]);
  }

  /** Seconds of one measurement: the sum of what the process reports. */
  async measure(command: string): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    this.#child.stdin.write(`${command}\n`);
    const seconds = Object.values(await this.#read()).filter((v) => typeof v === "number");
    return seconds.reduce((a, b) => a + b, 0);
  }

  /** Ends the process; the largest resident memory it ever had [MB]. Linux tells for both alike, elsewhere each tells of itself. */
  async end(): Promise<number> {
    const fromSystem = peakOf(this.#child.pid);
    this.#child.stdin.end();
    const { peakMb } = await this.#read();
    return fromSystem ?? Number(peakMb);
  }

  async #read(): Promise<Report> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`bench: ${this.#name} ended early.\n${this.#errors}`);
    return JSON.parse(value) as Report;
  }
}

/** High-water mark of a process's resident memory [MB], where the system has one. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const [, kb] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
