import type { TrainEvent } from "../../base/events.ts";

/** What an event must have to be used, beside its type: numbers, texts, and whether it ended. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, "number" | "string" | "boolean">>>> =
  {
    start: { kimg: "number", totalKimg: "number" },
    tick: { step: "number", kimg: "number" },
    sample: { kimg: "number", path: "string" },
    checkpoint: { kimg: "number" },
    metric: { step: "number", kimg: "number", kid: "number", diversity: "number" },
    verdict: { kimg: "number", name: "string", seen: "string", advice: "string" },
    warning: { message: "string" },
    done: { kimg: "number", seconds: "number", complete: "boolean" },
  };

/**
 * An event from a line of `stats.jsonl`; undefined if the line is damaged or was cut off by a crash. Numbers of a tick other than its position may be
 * missing or null: JSON has no NaN.
 */
export function parseEvent(line: string): TrainEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null) return undefined;
  const fields = event as Record<string, unknown>;
  const needed = Object.hasOwn(NEEDED, String(fields.type))
    ? NEEDED[String(fields.type)]
    : undefined;
  if (needed === undefined) return undefined;
  return Object.entries(needed).every(([name, type]) => typeof fields[name] === type)
    ? (event as TrainEvent)
    : undefined;
}
