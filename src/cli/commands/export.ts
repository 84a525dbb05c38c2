import { basename } from "node:path";
import { type Command, Option } from "commander";
import { ConfigError } from "../../base/errors.ts";
import { EXPORT_FORMATS, exportModel } from "../../box/export.ts";

interface Flags {
  readonly format?: (typeof EXPORT_FORMATS)[number];
  readonly out?: string;
  readonly half?: true;
}

/** `ganbox export`. */
export function configure(command: Command): void {
  command
    .description(
      "Write a trained generator for other programs: onnx is a whole model that any ONNX runtime runs, safetensors the weights alone.",
    )
    .argument("<model>", "a model (.onnx, .safetensors or .pkl) or the folder of a run")
    .addOption(
      new Option("--format <kind>", "format of the file")
        .choices([...EXPORT_FORMATS])
        .default(undefined, "that of the file's ending, else onnx"),
    )
    .option("--out <file>", "file to write (default: named like the model, in the current folder)")
    .option("--half", "keep the weights of an ONNX file in half precision: half the size")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox export runs/00000-photos-r3gan64 --format onnx --out photos.onnx
  $ ganbox export photos.onnx --half --out small.onnx
  $ ganbox export photos.onnx --format safetensors`,
    )
    .action(async (model: string, { out, half, ...flags }: Flags) => {
      const format = flags.format ?? (out?.endsWith(".safetensors") ? "safetensors" : "onnx");
      const path = out ?? `${basename(model).replace(/\.(onnx|safetensors|pkl)$/, "")}.${format}`;
      if (half && format !== "onnx") {
        throw new ConfigError(
          `--half: got the format ${format}, expected onnx: other formats keep all digits.`,
        );
      }
      await exportModel(model, format, path, { half: half === true });
      console.log(path);
    });
}
