import { CheckpointError } from "../base/errors.ts";
import { Generator, type GeneratorOptions } from "./generator.ts";

/**
 * A generator from the address of its ONNX file. For browsers.
 *
 * @param options `threads` is by default the number of cores.
 * @throws {CheckpointError} if it cannot be fetched, or the file is damaged or no Ganbox generator.
 */
export async function loadGenerator(
  url: string | URL,
  options: GeneratorOptions = {},
): Promise<Generator> {
  let bytes: Uint8Array;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status} ${response.statusText}`);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new CheckpointError(
      `${url}: the model cannot be fetched (${(cause as Error).message}), expected the address of a model (.onnx). Check it, and that its server allows this page to read it.`,
      { cause },
    );
  }
  return await Generator.decode(bytes, String(url), {
    threads: navigator.hardwareConcurrency,
    ...options,
  });
}
