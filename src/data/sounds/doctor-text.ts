import { faultSections, section } from "../doctor/lines.ts";
import type { Count } from "../doctor/report.ts";
import type { SoundFile, SoundReport } from "./doctor.node.ts";

/** Fewer sounds than this teach a model to repeat them. */
const FEW_SOUNDS = 300;

/**
 * A report as lines of text: what there is, what training makes of it, and what is wrong with the rest.
 *
 * @param everything Adds a line for each file.
 */
export function soundReportLines(report: SoundReport, everything = false): string[] {
  const { sounds, pieces, classes } = report;
  const cut = sounds.filter((sound) => sound.pieces > 1);
  const few = pieces < FEW_SOUNDS ? `: few, ${FEW_SOUNDS} and more are usual` : "";
  return [
    `${report.files} sound files in ${report.source}`,
    `${report.usable} of them can be used, as ${pieces} sounds of at most ${report.seconds.toFixed(2)} s${few}`,
    ...lengthLine(sounds),
    ...(classes.length === 0 ? [] : [`classes: ${listed(classes)}`]),
    `sample rates: ${listed(report.sampleRates)}`,
    `channels: ${listed(report.channels)}`,
    ...section(
      "recordings of several sounds, cut where something begins",
      cut.map((sound) => `${sound.file}: ${sound.pieces}`),
    ),
    ...faultSections(report, sounds, "same content"),
    ...(everything ? sounds.map(soundLine) : []),
  ];
}

function lengthLine(sounds: readonly SoundFile[]): string[] {
  const lengths = sounds.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const [shortest, longest] = [lengths[0], lengths.at(-1)];
  if (shortest === undefined || longest === undefined) return [];
  const median = lengths[lengths.length >> 1] as number;
  return [
    `lengths: ${shortest.toFixed(2)} to ${longest.toFixed(2)} s, median ${median.toFixed(2)} s`,
  ];
}

function listed(counts: readonly Count[]): string {
  return counts.map(({ name, count }) => `${name} (${count})`).join(", ") || "none";
}

function soundLine({ file, seconds, sampleRate, channels, pieces, problem }: SoundFile): string {
  const use = problem === "" ? `${pieces} ${pieces === 1 ? "sound" : "sounds"}` : problem;
  return `${file}: ${use}; ${seconds.toFixed(2)} s, ${sampleRate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}`;
}
