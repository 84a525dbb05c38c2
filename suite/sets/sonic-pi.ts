import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fetchPackage } from "./cache.ts";

/** Which samples belong together, by the beginnings of their names; the first that fits holds. */
const GROUPS: readonly (readonly [group: string, names: RegExp])[] = [
  ["kick", /^(bd_|drum_heavy_kick|drum_bass|elec_(soft|hollow)_kick)/],
  ["snare", /^(sn_|drum_snare|elec_(\w*snare|filt_snare)|perc_snap)/],
  ["cymbal", /^(drum_(cymbal|splash)|elec_(cymbal|triangle)|vinyl_hiss)/],
  ["drum", /^(drum_|tabla_|elec_(fuzz_tom|wood|bong|pop|tick)|perc_(door|impact|till))/],
  ["bass", /^bass_/],
  ["tone", /^(ambi_|guit_|perc_bell|elec_)/],
  ["effect", /^(glitch_|mehackit_|misc_|vinyl_|perc_)/],
  ["loop", /^loop_/],
];

/** Group of a sample by its name. */
function groupOf(name: string): string {
  return GROUPS.find(([, names]) => names.test(name))?.[0] ?? "effect";
}

/** Folder of the samples of Sonic Pi (Debian's `sonic-pi-samples`, CC0), a sub-folder for each kind of sound. */
export function sonicPiFolder(): string {
  const samples = join(fetchPackage("debian", "sonic-pi-samples"), "usr/share/sonic-pi/samples");
  const folder = `${fetchPackage("debian", "sonic-pi-samples")}-by-kind`;
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  for (const name of readdirSync(samples)) {
    if (!/\.(flac|wav)$/.test(name)) continue;
    const kind = join(partial, groupOf(name));
    mkdirSync(kind, { recursive: true });
    linkSync(join(samples, name), join(kind, name));
  }
  renameSync(partial, folder);
  return folder;
}
