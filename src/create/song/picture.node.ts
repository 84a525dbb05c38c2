import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import sharp from "sharp";
import { MediaError } from "../../base/errors.ts";
import type { SongAnalysis } from "./analysis.ts";
import { drawAnalysis } from "./picture.ts";

/** Dots of a PNG for each pixel of the drawing. */
const DENSITY = 1.5;

/**
 * Writes a drawing of a song as .svg, .html or .png.
 *
 * @param title Written above.
 * @returns `path`.
 * @throws {MediaError} if the extension is another one, or the file cannot be written.
 */
export async function writeAnalysis(
  path: string,
  song: SongAnalysis,
  title: string,
): Promise<string> {
  const extension = extname(path).toLowerCase();
  if (![".svg", ".html", ".png"].includes(extension)) {
    throw new MediaError(
      `${path}: the analysis is not drawn as "${extension}", expected .png, .html or .svg. Change the file's extension.`,
    );
  }
  const svg = drawAnalysis(song, title);
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    if (extension === ".png") {
      await sharp(Buffer.from(svg), { density: 72 * DENSITY })
        .png()
        .toFile(path);
    } else if (extension === ".html") {
      const style = "body{margin:2em;background:#f5f7fa}svg{max-width:100%;height:auto}";
      writeFileSync(
        path,
        `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Song analysis</title><style>${style}</style>\n<body>${svg}</body></html>\n`,
      );
    } else writeFileSync(path, svg);
  } catch (cause) {
    throw new MediaError(
      `${path}: the drawing cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
  return path;
}
