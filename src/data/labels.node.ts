import { basename, posix } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { DatasetError } from "../base/errors.ts";
import { type Classes, classesOfFolders, MAX_CLASSES } from "./classes.ts";

/** Names of the files that say which class a picture has. The first one that is there counts. */
const LABEL_FILES: readonly string[] = ["labels.csv", "dataset.json"];

/** Class of the pictures that a file of labels does not name. */
export const UNLABELLED = "unlabelled";

/** First cells by which a first line is known as column titles. */
const TITLES = new Set(["file", "filename", "file_name", "name", "path", "image"]);

/** Most files that a message names. */
const NAMED_FILES = 5;

const datasetSchema = z.object({
  labels: z.array(z.tuple([z.string(), z.union([z.number().int(), z.string()])])).nullish(),
});

/** A file and its label. */
type Labelled = readonly [file: string, label: string];

/** Classes, and what the user should know about them. */
export interface LabelledClasses extends Classes {
  readonly warnings: readonly string[];
}

/**
 * The file of labels of a data set: `labels.csv` or `dataset.json` in its folder, or in the folder that all pictures share.
 *
 * @param names All files of the data set, with `/`.
 * @param pictures The pictures among them.
 */
export function labelFileOf(
  names: readonly string[],
  pictures: readonly string[],
): string | undefined {
  const isAbove = (name: string): boolean => {
    const folder = folderOf(name);
    return pictures.every((picture) => picture.startsWith(folder));
  };
  return names
    .filter((name) => LABEL_FILES.includes(basename(name)) && isAbove(name))
    .sort(
      (a, b) =>
        LABEL_FILES.indexOf(basename(a)) - LABEL_FILES.indexOf(basename(b)) || a.length - b.length,
    )[0];
}

/**
 * Classes of pictures: those that the file of labels gives them or, if there is none, their sub-folders.
 *
 * `labels.csv` has a line `file,label` for each picture, with or without titles; `dataset.json` is StyleGAN's: `{"labels": [["file", 3], …]}`. Names are
 * relative to the file's folder. Pictures that it does not name get the class "unlabelled", and a warning says so.
 *
 * @param where The data set, for messages.
 * @param files The pictures, with `/`.
 * @param name Path of the file of labels inside the data set; undefined if there is none.
 * @param read Its text.
 * @throws {DatasetError} if the file is damaged, names pictures that are not there, or gives a picture two labels.
 */
export async function classesOfLabels(
  where: string,
  files: readonly string[],
  name: string | undefined,
  read: (name: string) => Promise<string>,
): Promise<LabelledClasses> {
  if (name === undefined) return { ...classesOfFolders(files), warnings: [] };
  const file = posix.join(where.replaceAll("\\", "/"), name);
  const text = await read(name).catch((cause: Error) => {
    throw new DatasetError(
      `${file}: the labels cannot be read (${cause.message}). Check its permissions, or remove it.`,
      { cause },
    );
  });
  const lines = name.endsWith(".csv") ? parseCsv(file, text) : parseDatasetJson(file, text);
  if (lines === undefined) return { ...classesOfFolders(files), warnings: [] };
  const labels = labelsByFile(file, folderOf(name), files, lines);
  const unlabelled = files.filter((picture) => !labels.has(picture));
  const names = [...new Set(files.map((picture) => labels.get(picture) ?? UNLABELLED))];
  if (names.length > MAX_CLASSES) {
    throw new DatasetError(
      `${file}: there are ${names.length} different labels, expected at most ${MAX_CLASSES}. Give classes, not a number for each picture.`,
    );
  }
  names.sort(byNumberOrName);
  const numbers = new Map(names.map((label, number) => [label, number]));
  return {
    classes: names,
    labels: Uint16Array.from(files, (f) => numbers.get(labels.get(f) ?? UNLABELLED) ?? 0),
    labelFile: name,
    warnings:
      unlabelled.length === 0
        ? []
        : [
            `${unlabelled.length} of ${files.length} pictures have no label in ${name} (${firstOf(unlabelled)}): they form the class "${UNLABELLED}".`,
          ],
  };
}

/** Folder of a file, with `/` at its end; empty at the top. */
function folderOf(name: string): string {
  return name.slice(0, name.length - basename(name).length);
}

/** Numbers by value, before names by letter; unlabelled pictures last. */
function byNumberOrName(a: string, b: string): number {
  if (a === UNLABELLED || b === UNLABELLED) return Number(a === UNLABELLED) * 2 - 1;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}

function parseCsv(file: string, text: string): Labelled[] {
  let rows: string[][];
  try {
    rows = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (cause) {
    throw new DatasetError(
      `${file}: the labels are no CSV (${(cause as Error).message}), expected lines "file,label". Write it again.`,
      { cause },
    );
  }
  if (TITLES.has(rows[0]?.[0]?.toLowerCase() ?? "")) rows.shift();
  return rows.map(([name = "", label = "", ...more], index) => {
    if (name === "" || label === "" || more.length > 0) {
      throw new DatasetError(
        `${file}: picture ${index + 1} reads "${[name, label, ...more].join(",")}", expected two columns "file,label". Put names with commas in quotes.`,
      );
    }
    return [name, label];
  });
}

/** @returns undefined where the file says that there are no labels. */
function parseDatasetJson(file: string, text: string): Labelled[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DatasetError(
      `${file}: the labels are no JSON (${(cause as Error).message}), expected {"labels": [["file", 3], …]}. Write it again, or remove it.`,
      { cause },
    );
  }
  const parsed = datasetSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DatasetError(
      `${file}: ${issue?.path.join(".") || "the file"} is not what it should be (${issue?.message}), expected {"labels": [["file", 3], …]} with a class, a whole number or a name, for each picture. Correct it, or remove it.`,
    );
  }
  return parsed.data.labels?.map(([name, label]) => [name, String(label)]);
}

function labelsByFile(
  file: string,
  folder: string,
  files: readonly string[],
  lines: readonly Labelled[],
): Map<string, string> {
  const known = new Set(files);
  const labels = new Map<string, string>();
  const missing: string[] = [];
  for (const [name, label] of lines) {
    const plain = name.replaceAll("\\", "/").replace(/^\.\//, "").normalize("NFC");
    const picture = `${folder}${plain}`;
    const other = labels.get(picture);
    if (!known.has(picture)) missing.push(name);
    else if (other !== undefined && other !== label) {
      throw new DatasetError(
        `${file}: ${name} has the labels "${other}" and "${label}", expected one. Remove one of the lines.`,
      );
    } else labels.set(picture, label);
  }
  if (missing.length === 0) return labels;
  throw new DatasetError(
    `${file}: ${missing.length} of ${lines.length} labels name pictures that are not there (${firstOf(missing)}), expected paths below the file's folder, with the extension. ` +
      "Correct the names, or remove the lines.",
  );
}

/** `a.png, b.png and 3 more`. */
function firstOf(names: readonly string[]): string {
  const more = names.length > NAMED_FILES ? ` and ${names.length - NAMED_FILES} more` : "";
  return `${names.slice(0, NAMED_FILES).join(", ")}${more}`;
}
