import { cpus, totalmem } from "node:os";
import { ort } from "#platform";

/** Where and how numbers were measured. */
export interface RunRecord {
  /** The command that makes them again. */
  readonly command: string;
  /** Day of the run, ISO 8601. */
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly system: string;
    readonly node: string;
    readonly onnxruntime: string;
  };
  /** Threads that the work used. */
  readonly threads: number;
  /** Wall time of the whole run [s]. */
  readonly seconds: number;
}

/** The record of a run that ends now. */
export function recordOf(command: string, threads: number, seconds: number): RunRecord {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      system: `${process.platform}-${process.arch}`,
      node: process.version,
      onnxruntime: ort.env.versions.common,
    },
    threads,
    seconds: Math.round(seconds),
  };
}

/** A sentence with the time, the machine and the day of a run. */
export function describeRecord({ machine, threads, seconds, date }: RunRecord): string {
  const { cpu, cores, memoryGb, system, node, onnxruntime } = machine;
  const used = threads === 1 ? "1 thread" : `${threads} threads`;
  return `${(seconds / 60).toFixed(1)} minutes on ${used} of ${cpu} (${cores} cores, ${memoryGb} GB, ${system}), Node ${node}, ONNX Runtime ${onnxruntime}, ${date}.`;
}
