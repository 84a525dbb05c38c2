/** @file The models that come with Ganbox. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CheckpointError, invariant } from "../base/errors.ts";
import type { Medium } from "../models/family.ts";

/** Files of `models/`: `<name>.onnx`. Of each medium, the first is used where no model is named. */
const READY_MADE = [
  { name: "landscapes-64", medium: "pictures" },
  { name: "pieces", medium: "music" },
] as const satisfies readonly { readonly name: string; readonly medium: Medium }[];

/**
 * Path of a model: `path` itself, or the file of the ready-made model of that name.
 *
 * @param path Undefined for the ready-made model of the medium.
 * @throws {CheckpointError} if the ready-made model is not there.
 */
export function modelPathOf(
  path: string | undefined,
  medium: (typeof READY_MADE)[number]["medium"],
): string {
  const ready = READY_MADE.find((model) =>
    path === undefined ? model.medium === medium : model.name === path,
  );
  if (path !== undefined && (ready === undefined || existsSync(path))) return path;
  invariant(ready !== undefined, `there is no ready-made model of ${medium}`);
  const file = `models/${ready.name}.onnx`;
  const found = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  if (existsSync(found)) return found;
  throw new CheckpointError(
    `${ready.name}: this ready-made model of ${ready.medium} is not installed (no ${file}), expected it beside Ganbox. Name another model (.onnx) or the folder of a run.`,
  );
}
