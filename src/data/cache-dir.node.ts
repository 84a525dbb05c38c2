import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Folder for what Ganbox can make again: `GANBOX_CACHE` if set, else `ganbox` in the system's cache folder (`XDG_CACHE_HOME` or `~/.cache`;
 * `~/Library/Caches` on macOS; `%LOCALAPPDATA%` on Windows).
 */
export function defaultCacheDir(): string {
  const { GANBOX_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (GANBOX_CACHE) return resolve(GANBOX_CACHE);
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "ganbox");
  if (process.platform === "win32")
    return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "ganbox");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "ganbox");
}
