import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPS_TABLE_PATH, opsTable } from "../scripts/ops-table.ts";

it("docs/ops.md is up to date (npx tsx scripts/ops-table.ts)", () => {
  const text = readFileSync(OPS_TABLE_PATH, "utf8").replaceAll("\r\n", "\n");
  expect(text).toBe(opsTable());
});

it("every gradient is tested", () => {
  expect(opsTable()).not.toContain("untested");
});
