import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPTIONS_TABLE_PATH, optionsTable } from "../scripts/options-table.ts";

it("docs/options.md is up to date (npx tsx scripts/options-table.ts)", () => {
  const text = readFileSync(OPTIONS_TABLE_PATH, "utf8").replaceAll("\r\n", "\n");
  expect(text).toBe(optionsTable());
});
