import { basename, dirname } from "node:path";
import { DatasetError } from "../../base/errors.ts";
import { ANIMATION_EXTENSIONS } from "../../media/animation.node.ts";
import { IMAGE_EXTENSIONS } from "../../media/image.node.ts";
import { FILM_EXTENSIONS } from "../../media/video-read.node.ts";
import { extensionOf, type FoundFile, listSource } from "../list-files.node.ts";

/** Something with frames: a film or animation, numbered frames in a folder, or a single picture. */
export interface ClipFile {
  /** Path below the source, with `/`, in Unicode form C; numbered frames have that of their folder. */
  readonly name: string;
  readonly kind: "film" | "frames" | "picture";
  /** The file; numbered frames in their order. */
  readonly paths: readonly string[];
}

/** A folder has at least so many numbered pictures, and nothing but them, to be a film. */
const LEAST_FRAMES = 8;

/**
 * The films, animations, folders of numbered frames and pictures of a folder and its sub-folders by name, hidden ones left out; or the one film that
 * is named.
 *
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listClipFiles(source: string): Promise<ClipFile[]> {
  const found = await listSource(source, "a folder of films or a film");
  const clips = [...films(found), ...pictures(found)];
  if (clips.some(({ kind }) => kind !== "picture"))
    return clips.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const [first] = found;
  const what = first === undefined ? "it is empty" : `${found.length} files such as ${first.name}`;
  throw new DatasetError(
    `${source}: there are no films (${what}), expected files ending in ${[...FILM_EXTENSIONS, ...ANIMATION_EXTENSIONS].join(", ")}, or folders of numbered pictures. For a set of pictures alone choose another family.`,
  );
}

function films(found: readonly FoundFile[]): ClipFile[] {
  const known = [...FILM_EXTENSIONS, ...ANIMATION_EXTENSIONS];
  return found
    .filter(({ name }) => known.includes(extensionOf(name)))
    .map(({ name, path }) => ({ name, kind: "film", paths: [path] }));
}

/** Pictures that cannot be animations, by folder: numbered ones are a film. */
function pictures(found: readonly FoundFile[]): ClipFile[] {
  const folders = new Map<string, FoundFile[]>();
  for (const file of found) {
    const extension = extensionOf(file.name);
    if (!IMAGE_EXTENSIONS.includes(extension) || ANIMATION_EXTENSIONS.includes(extension)) continue;
    const folder = dirname(file.name);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders].flatMap(([folder, files]): ClipFile[] => {
    const frames = numbered(files);
    if (frames !== undefined) return [{ name: folder, kind: "frames", paths: frames }];
    return files.map(({ name, path }) => ({ name, kind: "picture", paths: [path] }));
  });
}

/** Paths in the order of the numbers that the names end in; undefined if the names are anything but one word and different numbers. */
function numbered(files: readonly FoundFile[]): string[] | undefined {
  if (files.length < LEAST_FRAMES) return undefined;
  const parts = files.map(({ name, path }) => {
    const [, word, digits] = /^(.*?)(\d+)\.[^.]+$/.exec(basename(name)) ?? [];
    return { word, number: Number(digits), path };
  });
  const [first] = parts;
  const numbers = new Set(parts.map(({ number }) => number));
  if (numbers.has(Number.NaN) || numbers.size < parts.length) return undefined;
  if (parts.some(({ word }) => word !== first?.word)) return undefined;
  return parts.sort((a, b) => a.number - b.number).map(({ path }) => path);
}
