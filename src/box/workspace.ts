/** @file What the command line uses of workspaces. */
export { familyOf, mediumOf } from "../models/registry.ts";
export { nounsOf } from "../models/words.ts";
export { GANbox } from "./ganbox.ts";
export { shortBytes } from "./report/numbers.ts";
export { findConfig, mergeOptions, readConfig } from "./workspace/config-file.ts";
export { type DataSummary, sourceOf } from "./workspace/data-sets.ts";
export { writeFileAtomically } from "./workspace/files.ts";
export type { ModelSummary } from "./workspace/model-store.ts";
export { curvesCsv } from "./workspace/run-curves.ts";
export { type RunRecord, readRun } from "./workspace/run-record.ts";
export type { RunSummary } from "./workspace/run-summary.ts";
export { readWorkspaceFile } from "./workspace/workspace-file.ts";
