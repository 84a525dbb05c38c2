import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { MediaError } from "../../base/errors.ts";
import { sourceOf } from "./data-sets.ts";
import { withLock } from "./lock.ts";
import { ModelStore } from "./model-store.ts";
import { readWorkspaceFile, type WorkspaceFile, writeWorkspaceFile } from "./workspace-file.ts";

/** The folder of a workspace on disk: its file, its models, and its lock. It need not exist before something is changed. */
export class Workspace {
  /** Absolute path. */
  readonly root: string;
  /** Changed only within `exclusively`. */
  readonly models: ModelStore;

  /** @throws {ConfigError} if the workspace's file is damaged or of a newer version: said before any work. */
  constructor(folder: string) {
    this.root = resolve(folder);
    this.models = new ModelStore(join(this.root, "models"));
    readWorkspaceFile(this.root);
  }

  /** What `ganbox.json` says, or would say if there was one. It is read anew each time: another process may have changed it. */
  get file(): WorkspaceFile {
    const nothing = { data: [], settings: {} };
    const name = basename(this.root) || "workspace";
    return readWorkspaceFile(this.root) ?? { version: 1, name, ...nothing };
  }

  /**
   * Changes `ganbox.json` as it is now, so that what another process wrote in between is kept. Data sets become relative to the workspace if they lie
   * within, and each is named once.
   *
   * @param change Gets what the file says, and whether there is one.
   */
  async change(change: (now: WorkspaceFile, exists: boolean) => WorkspaceFile): Promise<void> {
    await this.exclusively(() => {
      const next = change(this.file, readWorkspaceFile(this.root) !== undefined);
      const data = next.data.map((path) => sourceOf(this.root, resolve(this.root, path)));
      writeWorkspaceFile(this.root, { ...next, data: [...new Set(data)] });
    });
  }

  /**
   * Does work that no other process does in this workspace at the same time. The folder is made if missing.
   *
   * @throws {LockedError} if another process keeps changing the workspace.
   * @throws {MediaError} if the folder cannot be written.
   */
  async exclusively<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      mkdirSync(this.root, { recursive: true });
    } catch (cause) {
      throw new MediaError(
        `${this.root}: the workspace cannot be made (${(cause as Error).message}). Choose another folder, or check its permissions.`,
        { cause },
      );
    }
    return await withLock(this.root, work);
  }
}
