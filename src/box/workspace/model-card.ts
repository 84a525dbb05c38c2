import { basename } from "node:path";
import { resolutionOf } from "../../base/size.ts";
import type { ModelInfo } from "../../models/model-file.ts";
import { describeSize, nounsOf } from "../../models/words.ts";

/** A file that a model was converted from. */
interface Origin {
  readonly file: string;
  readonly kind: string;
}

/** A card for a model that came without one: what its file says, in Markdown. */
export function describeModel(
  { architecture, classes, kimg, data }: ModelInfo,
  origin?: Origin,
): string {
  const { family } = architecture;
  const rows = [
    ["Family", `${family}, ${describeSize(architecture)}`],
    ["Classes", classes.length === 0 ? "none" : classes.join(", ")],
    ["Data", data],
    ["Seen", kimg === 0 ? "unknown" : `${kimg.toFixed(1)} thousand ${nounsOf(family).many}`],
    ...(origin === undefined
      ? []
      : [
          ["Converted from", `\`${basename(origin.file)}\`, a ${origin.kind}; its licence applies`],
        ]),
  ];
  return [
    `# ${family} ${resolutionOf(architecture)}`,
    "",
    "A generator of Ganbox. It came without a card; this is what its file says.",
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
  ].join("\n");
}
