/** @file One replica: a thread with sessions and weights of its own, which goes through its part of a batch when it is told to. */
import { parentPort, workerData } from "node:worker_threads";
import { hostTensor } from "../base/tensor.ts";
import { Program } from "./program.ts";
import type { FromReplica, ReplicaSetup, ToReplica } from "./replicas.node.ts";
import { State } from "./state.ts";

const { programs, weights, sums, returned } = workerData as ReplicaSetup;
const state = new State();
for (const { name, shape } of [...weights.values(), ...sums])
  state.set(name, hostTensor("float32", shape));
const loaded = Promise.all(programs.map((program) => Program.load(program)));

/** The tensor itself: what is written there is what the next run reads. */
const dataOf = (name: string): Float32Array => state.peek(name).data as Float32Array;

async function run({ program: index, feeds, fresh }: ToReplica): Promise<FromReplica> {
  const program = (await loaded)[index] as Program;
  for (const name of fresh) dataOf(name).set(weights.get(name)?.data as Float32Array);
  for (const { name } of sums) if (program.inputNames.includes(name)) dataOf(name).fill(0);
  const rounds: Record<string, number>[] = [];
  const written = new Set<string>();
  for (const feed of feeds) {
    const { results, next } = await program.run(feed, state);
    state.commit(next);
    for (const name of next.keys()) written.add(name);
    rounds.push(
      Object.fromEntries(Object.entries(results).map(([k, { data }]) => [k, data[0] as number])),
    );
  }
  for (const name of written) returned.get(name)?.set(dataOf(name));
  return { rounds };
}

parentPort?.on("message", async (message: ToReplica) => {
  try {
    parentPort?.postMessage(await run(message));
  } catch (error) {
    parentPort?.postMessage({ problem: (error as Error).message } satisfies FromReplica);
  }
});
