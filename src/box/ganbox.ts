import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DatasetError } from "../base/errors.ts";
import { openFolder } from "../data/folder.node.ts";

/** Where a workspace keeps what it makes. */
export interface GANboxOptions {
  /** Folder of the runs; made when the first one starts. @default "runs" in the current folder */
  readonly runs?: string;
}

/** A workspace: the pictures to learn from and the folder of the runs. */
export class GANbox {
  /** Absolute path of the pictures: a folder, a .zip file or an IDX file. */
  readonly source: string;
  /** Absolute path of the folder of the runs. */
  readonly runs: string;

  private constructor(source: string, runs: string) {
    this.source = source;
    this.runs = runs;
  }

  /**
   * Opens a folder (with sub-folders), a .zip file or an IDX file of pictures. Pictures are only counted here; training reads them.
   *
   * @throws {DatasetError} if it does not exist, or is a folder without a picture.
   */
  static async open(source: string, options: GANboxOptions = {}): Promise<GANbox> {
    const stats = await stat(source).catch((cause: Error) => {
      throw new DatasetError(
        `${source}: the data set cannot be opened (${cause.message}), expected a folder of pictures. Check the path.`,
        { cause },
      );
    });
    if (stats.isDirectory()) await openFolder(source);
    return new GANbox(resolve(source), resolve(options.runs ?? "runs"));
  }
}
