/** Writes the numbers of every op case as JSON to the file named on the command line, for `ops.py`. */
import { writeFileSync } from "node:fs";
import { buildCase } from "../../src/graph/op-case.ts";
import { OP_CASES } from "../../src/graph/op-cases.ts";

const [path] = process.argv.slice(2);
if (path === undefined)
  throw new Error("export-cases: no file given, expected a path to write to.");

const cases = OP_CASES.map((opCase) => {
  const { feeds } = buildCase(opCase);
  const tensors = Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
    name,
    { dtype, shape, data: Array.from(data, Number) },
  ]);
  return { name: opCase.name, feeds: Object.fromEntries(tensors) };
});
writeFileSync(path, JSON.stringify(cases));
