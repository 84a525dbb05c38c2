import { formatSize, sizeOfResolution } from "../../base/size.ts";
import type { BadKind, Count, DataReport, DuplicateGroup, Finding } from "./report.ts";

/** What was measured, before anything is said about it. */
export type Facts = Omit<DataReport, "findings" | "advice" | "seconds">;

/** Most names in a sentence. */
const NAMED = 3;

/** Largest class divided by smallest above which the smallest is hard to learn. */
const IMBALANCE = 10;

/** Crops of one picture that training takes at most; longer ones have parts that it never sees. */
const WIDEST = 3;

const KINDS: Readonly<Record<BadKind, string>> = {
  empty: "are empty (0 bytes)",
  truncated: "are cut off: the end is missing",
  damaged: "are damaged",
  "not-a-picture": "are no PNG, JPEG, WebP, AVIF, GIF or TIFF pictures, whatever their names say",
  "too-large": "have too many pixels (picture bombs)",
  unreadable: "cannot be read from the disk or archive",
};

const PREPARE = "Left out by `ganbox data prepare`.";

/**
 * What is wrong or worth knowing, the worst first, each with what training does about it.
 *
 * @param warnings What was noticed when the source was opened.
 */
export function findingsOf(facts: Facts, warnings: readonly string[]): Finding[] {
  return [
    ...badFiles(facts),
    ...suspects(facts),
    ...duplicates(facts),
    ...outsideNames(facts),
    ...blanks(facts),
    ...sizes(facts),
    ...classes(facts),
    ...storage(facts),
    ...warnings.map(
      (text): Finding => ({ severity: "warning", count: 1, text, action: "Training warns of it." }),
    ),
  ];
}

function badFiles({ bad }: Facts): Finding[] {
  return (Object.keys(KINDS) as BadKind[]).flatMap((kind) => {
    const files = bad.filter((entry) => entry.kind === kind).map(({ file }) => file);
    if (files.length === 0) return [];
    const text = `${count(files.length, "file")} ${agree(files.length, KINDS[kind])}: ${names(files)}`;
    const action = "Left out of training. Copy again from the original, or delete.";
    return [{ severity: "problem", count: files.length, text, action } as const];
  });
}

function suspects({ suspect }: Facts): Finding[] {
  if (suspect.length === 0) return [];
  return [
    {
      severity: "warning",
      count: suspect.length,
      text: `${count(suspect.length, "JPEG")} ${agree(suspect.length, "have damaged data")}, of which the decoder made what it could: ${names(suspect.map(({ file }) => file))}`,
      action: `Used in training, grey or displaced parts included. ${PREPARE}`,
    },
  ];
}

function duplicates({ duplicates: { exact, near } }: Facts): Finding[] {
  const finding = (groups: readonly DuplicateGroup[], what: string, flag: string): Finding[] => {
    const copies = groups.reduce((sum, { files }) => sum + files.length - 1, 0);
    const [first] = groups;
    if (first === undefined) return [];
    return [
      {
        severity: "warning",
        count: copies,
        text: `${count(copies, "picture")} ${agree(copies, `are ${what} copies of others`)}: ${names(first.files, " = ")}${groups.length > 1 ? `, and ${count(groups.length - 1, "more group")}` : ""}`,
        action: `Training shows every copy, so these pictures are learnt by heart sooner. \`ganbox data prepare${flag}\` keeps one of each.`,
      },
    ];
  };
  const torn = [...exact, ...near].filter(({ classes }) => classes !== undefined);
  const [first] = torn;
  const conflict: Finding[] =
    first === undefined
      ? []
      : [
          {
            severity: "warning",
            count: torn.length,
            text: `${count(torn.length, "group")} of duplicates ${agree(torn.length, "have")} pictures in several classes: ${names(first.files, " = ")} (${first.classes?.join(", ")})`,
            action: "A conditional model learns them in each of these classes. Correct the labels.",
          },
        ];
  return [...finding(exact, "exact", ""), ...finding(near, "near", " --near"), ...conflict];
}

function outsideNames({ outside }: Facts): Finding[] {
  if (outside.length === 0) return [];
  return [
    {
      severity: "warning",
      count: outside.length,
      text: `${count(outside.length, "name")} in the archive ${agree(outside.length, "point")} outside it: ${names(outside)}`,
      action:
        "Training takes them as mere names and writes nothing there. `ganbox data prepare` refuses the archive: do you know who packed it?",
    },
  ];
}

function blanks({ blank }: Facts): Finding[] {
  if (blank.length === 0) return [];
  return [
    {
      severity: "warning",
      count: blank.length,
      text: `${count(blank.length, "picture")} ${agree(blank.length, "have")} almost one colour: ${names(blank.map(({ file }) => file))}`,
      action: `Learnt like any other. ${PREPARE}`,
    },
  ];
}

function sizes({ small, sizes: report, resolution }: Facts): Finding[] {
  const shape = sizeOfResolution(resolution);
  const findings: Finding[] = [];
  if (small.length > 0) {
    findings.push({
      severity: "warning",
      count: small.length,
      text: `${count(small.length, "picture")} ${agree(small.length, "are")} smaller than ${formatSize(shape)}: ${names(small.map(({ file, width, height }) => `${file} (${width}x${height})`))}`,
      action: `Enlarged for training, which looks soft. Use a lower --resolution; left out by \`ganbox data prepare --resolution ${resolution}\`.`,
    });
  }
  const { several, partly } = report?.cut ?? { several: 0, partly: 0 };
  const isSquare = shape.width === shape.height;
  const crops = isSquare ? "square crops" : `crops of ${formatSize(shape)}`;
  if (partly > 0) {
    findings.push({
      severity: "warning",
      count: partly,
      text: `${count(partly, "picture")} ${agree(partly, "are")} ${WIDEST} times as long as ${isSquare ? "wide" : `${formatSize(shape)} is`}, or more`,
      action: `Training takes ${WIDEST} ${crops} of each; what lies between them is never seen. --crops takes more.`,
    });
  }
  if (several > 0) {
    findings.push({
      severity: "note",
      count: several,
      text: `${count(several, "picture")} ${agree(several, "are")} ${isSquare ? "not square" : `of another shape than ${formatSize(shape)}`}`,
      action: `Training takes 2 or 3 ${crops} of each along the side that is longer.`,
    });
  }
  return findings;
}

function classes({ classes: report }: Facts): Finding[] {
  if (report === null) return [];
  const empty = report.counts.filter((entry) => entry.count === 0);
  const findings: Finding[] = [];
  if (empty.length > 0) {
    findings.push({
      severity: "warning",
      count: empty.length,
      text: `${count(empty.length, "class", "classes")} ${agree(empty.length, "have")} no readable picture: ${names(empty.map(({ name }) => name))}`,
      action: "A conditional model cannot learn them.",
    });
  }
  if (report.imbalance !== null && report.imbalance > IMBALANCE) {
    const [most, least] = extremes(report.counts);
    findings.push({
      severity: "warning",
      count: report.counts.length,
      text: `the classes are out of balance: ${most.name} has ${most.count} pictures, ${least.name} ${least.count}`,
      action:
        "Training shows each picture equally often, so a conditional model learns the small classes badly. Add pictures to them.",
    });
  }
  return findings;
}

function extremes(counts: readonly Count[]): [most: Count, least: Count] {
  const sorted = [...counts].sort((a, b) => b.count - a.count);
  return [sorted[0] as Count, sorted.at(-1) as Count];
}

function storage({
  storage: { alpha, animated, rotated, spaces, depths, profiles },
}: Facts): Finding[] {
  const grey = countNamed(spaces, ["b-w", "grey16"]);
  const cmyk = countNamed(spaces, ["cmyk"]);
  const deep = countNamed(depths, ["16", "32"]);
  const note = (number: number, what: string, action: string): Finding[] =>
    number === 0
      ? []
      : [
          {
            severity: "note",
            count: number,
            text: `${count(number, "picture")} ${agree(number, what)}`,
            action,
          },
        ];
  return [
    ...note(alpha, "have an alpha channel", "Laid on white; --background changes that."),
    ...note(animated, "have several frames or pages", "Only the first is used."),
    ...note(rotated, "are turned by EXIF", "Turned upright."),
    ...note(grey, "are grey", "Read as RGB with three equal channels."),
    ...note(cmyk, "are CMYK", "Converted to sRGB."),
    ...note(deep, "have more than 8 bits a channel", "Rounded to 8."),
    ...note(profiles, "have a colour profile", "Converted to sRGB."),
  ];
}

function countNamed(counts: readonly Count[], wanted: readonly string[]): number {
  return counts.reduce((sum, { name, count }) => sum + (wanted.includes(name) ? count : 0), 0);
}

function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${value.toLocaleString("en-US")} ${value === 1 ? noun : plural}`;
}

/** A verb phrase in the plural, made singular for one. */
function agree(value: number, phrase: string): string {
  if (value !== 1) return phrase;
  return phrase
    .replace(/^are\b/, "is")
    .replace(
      / (exact|near) copies of others$/,
      (_, kind) => `${kind === "exact" ? " an" : " a"} ${kind} copy of another`,
    )
    .replace(/^have\b/, "has")
    .replace(/^point\b/, "points")
    .replace(/^is no (.*) pictures,(.*)their names say$/, "is no $1 picture,$2its name says");
}

function names(files: readonly string[], separator = ", "): string {
  const more =
    files.length > NAMED ? ` and ${(files.length - NAMED).toLocaleString("en-US")} more` : "";
  return `${files.slice(0, NAMED).join(separator)}${more}`;
}
