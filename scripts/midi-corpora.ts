/**
 * Fetches three sets of game music for trying the music parts out, into the git-ignored `.cache/midi/corpus`: 150 MIDI files from Debian's packages
 * simutrans-data, openttd-openmsx and freedoom (whose files are in its archives of lumps, WAD).
 *
 *     npx tsx scripts/midi-corpora.ts
 *
 * The files have licences of their own (artistic, GPL 2, BSD) and are not part of this repository.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const CACHE = resolve(import.meta.dirname, "../.cache/midi");
const CORPUS = join(CACHE, "corpus");

/** Files of an unpacked package whose names end so. */
function filesOf(name: string, ending: RegExp): string[] {
  execFileSync("apt-get", ["download", name], { cwd: CACHE, stdio: "inherit" });
  const archive = readdirSync(CACHE).find((file) => file.startsWith(`${name}_`));
  if (archive === undefined) throw new Error(`apt-get download ${name} left no .deb in ${CACHE}.`);
  execFileSync("dpkg-deb", ["-x", archive, name], { cwd: CACHE, stdio: "inherit" });
  rmSync(join(CACHE, archive));
  const root = join(CACHE, name);
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .map((file) => join(root, file));
}

/** A new folder of the corpus. */
function folder(name: string): string {
  const path = join(CORPUS, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

/** Name and content of the MIDI lumps of a WAD: a header with number and place of its entries, 16 bytes each. */
function* midiLumps(wad: Buffer): Generator<readonly [string, Buffer]> {
  const entries = wad.readInt32LE(4);
  const directory = wad.readInt32LE(8);
  for (let at = directory; at < directory + 16 * entries; at += 16) {
    const start = wad.readInt32LE(at);
    const lump = wad.subarray(start, start + wad.readInt32LE(at + 4));
    const name = wad.toString("latin1", at + 8, at + 16).replace(/\0.*/, "");
    if (lump.toString("latin1", 0, 4) === "MThd") yield [name.toLowerCase(), lump];
  }
}

mkdirSync(CORPUS, { recursive: true });
for (const [name, set] of [
  ["simutrans-data", "simutrans"],
  ["openttd-openmsx", "openmsx"],
] as const) {
  const to = folder(set);
  for (const file of filesOf(name, /\.mid$/i)) cpSync(file, join(to, basename(file)));
}
const to = folder("freedoom");
const seen = new Set<string>();
for (const wad of filesOf("freedoom", /freedoom\d\.wad$/).sort()) {
  for (const [name, lump] of midiLumps(readFileSync(wad))) {
    const hash = createHash("sha256").update(lump).digest("hex");
    if (seen.has(hash)) continue; // several maps share a piece
    seen.add(hash);
    writeFileSync(join(to, `${basename(wad).slice(8, 9)}-${name}.mid`), lump);
  }
}
for (const set of readdirSync(CORPUS))
  console.log(`${set}: ${readdirSync(join(CORPUS, set)).length} files`);
