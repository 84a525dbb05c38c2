import { ort } from "#platform";
import { Random } from "../base/random.ts";
import { sizeOf } from "../base/shape.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { input } from "../graph/ops/index.ts";
import { makeValue, type OpName, topologicalOrder, type Value } from "../graph/value.ts";
import { candidatesOf } from "./lowerings/index.ts";
import type { Candidate } from "./lowerings/lowering.ts";
import { domainsOf, type SessionOptions, sessionOptions } from "./session.ts";

/** Remembered winners: name of a lowering by operation, shapes and machine. */
export interface TuningStore {
  get(key: string): string | undefined;
  set(key: string, winner: string): void;
  /** Makes what was set last. */
  save(): void;
}

/** Winners kept for the life of the process only. */
export function memoryStore(initial: Readonly<Record<string, string>> = {}): TuningStore {
  const map = new Map(Object.entries(initial));
  return {
    get: (key) => map.get(key),
    set: (key, winner) => void map.set(key, winner),
    save: () => undefined,
  };
}

/** What decides the speed of an operation: its kind, attributes and shapes. */
export function signatureOf(value: Value): string {
  return `${value.op} ${value.inputs.map((i) => i.shape.join("x")).join(" ")} ${JSON.stringify(value.attrs)}`;
}

/** Runs after the first one that are timed, and the time after which no further run is made. */
const RUNS = 7;
const ENOUGH_MS = 150;

/** Shortest time of one operation written in one way [ms], or Infinity if it does not run. */
async function timeOf(
  value: Value,
  candidate: Candidate<OpName>,
  options: SessionOptions,
  best: number,
): Promise<number> {
  const inputs = value.inputs.map((x, i) => input(`x${i}`, x.shape, x.dtype));
  const alone = makeValue(value.op, inputs, value.attrs, value.shape, value.dtype);
  const model = toOnnx(
    { y: alone },
    {
      lower: (v) => (v.op === value.op ? candidate.lower(options.target) : undefined),
      domains: domainsOf(options.target),
    },
  );
  let session: Awaited<ReturnType<typeof ort.InferenceSession.create>> | undefined;
  try {
    session = await ort.InferenceSession.create(encodeOnnx(model), sessionOptions(options));
    const feeds = Object.fromEntries(inputs.map((x, i) => [`x${i}`, randomTensor(x)]));
    const fetches = {
      y: new ort.Tensor("float32", new Float32Array(sizeOf(value.shape)), value.shape),
    };
    const times: number[] = [];
    const begin = performance.now();
    for (let i = 0; i <= RUNS; i++) {
      const start = performance.now();
      await session.run(feeds, fetches);
      const time = performance.now() - start;
      if (i > 0) times.push(time);
      if (time > 4 * best || (i > 1 && performance.now() - begin > ENOUGH_MS)) break;
    }
    return Math.min(...times);
  } catch {
    // A provider may lack an operation that a lowering uses: that lowering is then no candidate.
    return Number.POSITIVE_INFINITY;
  } finally {
    await session?.release();
  }
}

function randomTensor(x: Value): InstanceType<typeof ort.Tensor> {
  return new ort.Tensor(
    "float32",
    new Random(0).fillNormal(new Float32Array(sizeOf(x.shape))),
    x.shape,
  );
}

/** Chooses among equivalent lowerings by measurement, once per operation, shape and machine. */
export class Tuner {
  readonly #store: TuningStore;
  readonly #options: SessionOptions;
  readonly #machine: string;
  /** Every choice made so far: recorded with a run, so that continuing it repeats the same arithmetic. */
  readonly choices: Record<string, string> = {};

  /**
   * @param fixed Choices of an earlier session of the same run; they win over the store.
   */
  constructor(
    options: SessionOptions,
    machine: string,
    store: TuningStore,
    fixed: Readonly<Record<string, string>> = {},
  ) {
    this.#options = options;
    this.#machine = machine;
    this.#store = store;
    Object.assign(this.choices, fixed);
  }

  /** Settles the lowering of every operation that `outputs` need. */
  async tune(
    outputs: readonly Value[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const open = new Map<string, Value>();
    for (const value of topologicalOrder(outputs)) {
      const signature = signatureOf(value);
      if (this.choices[signature] !== undefined || open.has(signature)) continue;
      const candidates = candidatesOf(value, this.#options.target);
      if (candidates.length === 0) continue;
      const known =
        candidates.length === 1
          ? candidates[0]?.name
          : this.#store.get(this.#keyOf(signature, candidates));
      if (known !== undefined && candidates.some((c) => c.name === known))
        this.choices[signature] = known;
      else open.set(signature, value);
    }
    let done = 0;
    for (const [signature, value] of open) {
      const winner = await this.#fastest(value);
      this.choices[signature] = winner;
      const candidates = candidatesOf(value, this.#options.target);
      this.#store.set(this.#keyOf(signature, candidates), winner);
      onProgress?.(++done, open.size);
    }
    if (open.size > 0) this.#store.save();
  }

  /** A winner is one of these candidates: a new one, of a later version, has to be measured. */
  #keyOf(signature: string, candidates: readonly Candidate<OpName>[]): string {
    return `${this.#machine} ${signature} ${candidates.map(({ name }) => name).join(" ")}`;
  }

  async #fastest(value: Value): Promise<string> {
    let winner = "portable";
    let best = Number.POSITIVE_INFINITY;
    for (const candidate of candidatesOf(value, this.#options.target).toReversed()) {
      const time = await timeOf(value, candidate, this.#options, best);
      if (time < best) [winner, best] = [candidate.name, time];
    }
    return winner;
  }

  /** The lowering chosen for a value, or undefined where only the portable one exists. */
  chosen(value: Value): Candidate<OpName> | undefined {
    const name = this.choices[signatureOf(value)];
    return name === undefined
      ? undefined
      : candidatesOf(value, this.#options.target).find((c) => c.name === name);
  }
}
