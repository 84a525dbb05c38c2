/**
 * Makes `assets/landscapes/`, the bundled data set, from Debian's package `endless-sky-data`.
 *
 *     npx tsx scripts/landscapes.ts            # fetches and unpacks the package (on Debian)
 *     npx tsx scripts/landscapes.ts <folder>   # uses the package's images/land folder
 *
 * The pictures are chosen by what the package's copyright file says of them: see assets/landscapes/README.md.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";

const PACKAGE = "endless-sky-data";
const LAND = "usr/share/games/endless-sky/images/land";
const ROOT = resolve(import.meta.dirname, "..");
const OUTPUT = join(ROOT, "assets/landscapes");

/** Under a Creative Commons licence, not in the public domain: named after their photographers, and lava5. */
const LICENSED =
  /-(sfiera|striker|harro|iridium|spfld)\.jpg$|^(bwerner|myrabella|dmottl|mfield)\d|^lava5\./;

/** No landscapes. */
const OTHER_SUBJECTS = /^(nasa|space|station|industrial)/;

/** SHA-256 over the names and contents of the chosen originals (package version 0.9.8-1.2). */
const ORIGINALS = "ef433b1ac2fdd8015dbd97b9bea86ee09a77e65e9459a9b5ed1328a8086539da";

/** The package's folder of landscape photographs, unpacked into the git-ignored `.cache/`. */
function fetchPackage(): string {
  const folder = join(ROOT, ".cache", PACKAGE);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync("apt-get", ["download", PACKAGE], { cwd: folder, stdio: "inherit" });
  const archive = readdirSync(folder).find((name) => name.endsWith(".deb"));
  if (archive === undefined)
    throw new Error(`apt-get download ${PACKAGE} left no .deb file in ${folder}.`);
  execFileSync("dpkg-deb", ["-x", archive, "files"], { cwd: folder, stdio: "inherit" });
  return join(folder, "files", LAND);
}

const input = process.argv[2] ?? fetchPackage();
const names = readdirSync(input)
  .filter((name) => name.endsWith(".jpg") && !LICENSED.test(name) && !OTHER_SUBJECTS.test(name))
  .sort();

const hash = createHash("sha256");
for (const name of names) hash.update(name).update(readFileSync(join(input, name)));
const originals = hash.digest("hex");
if (originals !== ORIGINALS)
  console.warn(
    `The originals differ from those that were used before: their hash is ${originals}.`,
  );

mkdirSync(OUTPUT, { recursive: true });
for (const name of readdirSync(OUTPUT)) if (name.endsWith(".jpg")) rmSync(join(OUTPUT, name));
let bytes = 0;
for (const name of names) {
  const jpeg = await sharp(join(input, name))
    .resize(384, 192, { kernel: "lanczos3", fastShrinkOnLoad: false })
    .jpeg({ quality: 88, chromaSubsampling: "4:4:4", mozjpeg: true })
    .toBuffer();
  writeFileSync(join(OUTPUT, name), jpeg);
  bytes += jpeg.length;
}
console.log(`${names.length} photographs, ${(bytes / 1e6).toFixed(1)} MB in ${OUTPUT}`);
