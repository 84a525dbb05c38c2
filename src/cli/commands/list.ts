import type { Command } from "commander";
import {
  type DataSummary,
  GANbox,
  type ModelSummary,
  nounsOf,
  type RunSummary,
  shortBytes,
} from "../../box/workspace.ts";
import { formatTable } from "../table.ts";
import { formatAge, formatCount, formatNumber, showPath } from "../text.ts";

/** `ganbox list`. */
export function configure(command: Command): void {
  command
    .description(
      "List the data sets, runs and models of a workspace. What is damaged is marked and says why.",
    )
    .argument("[workspace]", "folder of the workspace", ".")
    .option("--json", "print the list as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox list
  $ ganbox list ~/faces --json`,
    )
    .action((folder: string, { json }: { readonly json?: true }) => {
      const box = GANbox.openWorkspace(folder);
      const runs = box.listRuns();
      const [data, models] = [box.listData(runs), box.listModels()];
      if (json) {
        const { name, workspace, settings } = box;
        console.log(JSON.stringify({ name, workspace, settings, data, runs, models }, null, 2));
        return;
      }
      const parts = [dataTable(data), runTable(runs), modelTable(models)];
      console.log(parts.join("\n\n"));
    });
}

function dataTable(data: readonly DataSummary[]): string {
  if (data.length === 0) return "No data sets yet.";
  const rows = data.map(({ name, path, found, family, pictures, runs }) => [
    name,
    pictures === undefined ? "" : `${formatCount(pictures)} ${nounsOf(family ?? "").many}`,
    String(runs),
    found ? showPath(path) : `${showPath(path)} (missing)`,
  ]);
  return formatTable(["data set", "examples", "runs", "path"], rows);
}

function runTable(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return "No runs yet. Begin one with: ganbox train";
  const rows = runs.map(
    ({ name, state, resolution, family, kimg, totalKimg, best, bytes, updated }) => [
      name,
      state,
      family === undefined ? "" : `${family} ${resolution}`,
      totalKimg === undefined ? "" : `${formatNumber(kimg)}/${formatNumber(totalKimg)}`,
      best === undefined ? "" : formatNumber(best.kid),
      shortBytes(bytes),
      formatAge(updated),
    ],
  );
  const table = formatTable(["run", "state", "model", "kimg", "best KID", "size", "age"], rows);
  return [table, ...problemsOf(runs)].join("\n");
}

function modelTable(models: readonly ModelSummary[]): string {
  if (models.length === 0) return "No models yet. Keep one with: ganbox models add <run>";
  const rows = models.map(({ name, family, resolution, kimg, kid, bytes, updated, problem }) => [
    name,
    problem === undefined ? `${family} ${resolution}` : "unusable",
    kimg === undefined ? "" : formatNumber(kimg),
    kid === undefined ? "" : formatNumber(kid),
    shortBytes(bytes),
    formatAge(updated),
  ]);
  const table = formatTable(["model", "kind", "kimg", "KID", "size", "age"], rows);
  return [table, ...problemsOf(models)].join("\n");
}

/** Why entries of a list cannot be used. */
function problemsOf(
  entries: readonly { readonly name: string; readonly problem?: string }[],
): string[] {
  return entries.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${name}: ${problem}`],
  );
}
