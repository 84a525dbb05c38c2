import type { Command } from "commander";
import { type Diagnosis, diagnose } from "../../box/doctor/diagnose.ts";
import { Terminal } from "../terminal.ts";
import { formatCount, formatNumber } from "../text.ts";

/** `ganbox doctor`. */
export function configure(command: Command): void {
  command
    .description(
      "Show what this machine can run: execution providers, codecs, memory, and a short speed test. Everything is tried, nothing is guessed.",
    )
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox doctor
  $ ganbox doctor --json`,
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const status = new Terminal(process.stderr);
      const diagnosis = await diagnose((what) => status.status(`trying ${what} ...`));
      status.status("");
      console.log(json ? JSON.stringify(diagnosis, null, 2) : describe(diagnosis));
    });
}

function describe(d: Diagnosis): string {
  const mark = (works: boolean): string => (works ? "yes" : "no ");
  const lines: [string, string][] = [
    ["Node", `${d.node} on ${d.system}`],
    ["processor", `${d.cpu}, ${d.cores} cores`],
    ["memory", `${formatCount(d.memory.totalMb)} MB, ${formatCount(d.memory.freeMb)} MB free`],
    ["ONNX Runtime", d.onnxRuntime],
    ...d.providers.map(({ name, works, detail }): [string, string] => [
      `  ${name}`,
      `${mark(works)}  ${detail}`.trimEnd(),
    ]),
    [
      "fast training",
      d.convolutionBlock > 0
        ? `yes, blocked convolution of ${d.convolutionBlock} channels`
        : "no, this processor has no blocked convolution",
    ],
    ["pictures", d.pictures.join(", ")],
    ["films", "gif"],
    ...d.video.map(({ name, codecs, detail }): [string, string] => [
      `  ${name}`,
      `${codecs.join(", ") || "none"} (${detail})`,
    ]),
    ["cache", `${d.cache.path}${d.cache.writable ? "" : " (cannot be written)"}`],
    [
      "speed",
      `convolution ${formatNumber(d.speed.convolutionGflops)} GFLOP/s, matrix product ${formatNumber(d.speed.matmulGflops)} GFLOP/s on ${d.speed.threads} threads`,
    ],
  ];
  return lines.map(([name, value]) => `${name.padEnd(14)} ${value}`).join("\n");
}
