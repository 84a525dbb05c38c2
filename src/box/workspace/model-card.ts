import type { ModelInfo } from "../../models/model-file.ts";

/** A card for a model that came without one: what its file says, in Markdown. */
export function describeModel({ architecture, classes, kimg, data }: ModelInfo): string {
  const { family, resolution } = architecture;
  const rows = [
    ["Family", `${family}, ${resolution} x ${resolution} pixels`],
    ["Classes", classes.length === 0 ? "none" : classes.join(", ")],
    ["Data", data],
    ["Images seen", `${kimg.toFixed(1)} thousand`],
  ];
  return [
    `# ${family} ${resolution}`,
    "",
    "A generator of Ganbox. It came without a card; this is what its file says.",
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
  ].join("\n");
}
