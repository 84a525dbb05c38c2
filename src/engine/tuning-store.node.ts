import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { TuningStore } from "./tuner.ts";

function read(path: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(([, winner]) => typeof winner === "string"),
    );
  } catch {
    // Missing or damaged: what it held is measured again.
    return {};
  }
}

/** Remembers measured choices in a JSON file. Several processes may use one file; each adds what it measured. */
export function fileStore(path: string): TuningStore {
  const known = read(path);
  const added: Record<string, string> = {};
  return {
    get: (key) => added[key] ?? known[key],
    set: (key, winner) => {
      added[key] = winner;
    },
    save: () => {
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(temporary, JSON.stringify({ ...read(path), ...added }, null, 1));
        renameSync(temporary, path);
      } catch {
        // A cache that cannot be written costs time on the next start, nothing else.
      }
    },
  };
}
