import { faultSections } from "../doctor/lines.ts";
import type { Count } from "../doctor/report.ts";
import type { MusicReport } from "./doctor.node.ts";
import type { PieceReport } from "./piece.ts";

/** Most metres or instruments that a list names. */
const NAMED = 10;

/** Fewer bars than this teach a model to repeat them. */
const FEW_BARS = 2_000;

/**
 * A report as lines of text: what there is, what training can use, and what is wrong with the rest.
 *
 * @param everything Adds a line for each piece.
 */
export function musicReportLines(report: MusicReport, everything = false): string[] {
  const { pieces } = report;
  return [
    `${report.files} MIDI files in ${report.source}`,
    `${report.usable} of them can be used: ${report.notes} notes, ${report.bars} bars, ${minutes(report.seconds)}`,
    `${report.usableBars} bars for training (whole bars of 4/4, no silence at either end)${report.usableBars < FEW_BARS ? `: few, ${FEW_BARS} and more are usual` : ""}`,
    ...tempoLine(pieces),
    `metres: ${listed(report.metres, "bars")}`,
    `instruments: ${listed(report.instruments, "notes")}`,
    ...gridLine(pieces),
    ...faultSections(report, pieces),
    ...(everything ? pieces.map(pieceLine) : []),
  ];
}

function tempoLine(pieces: readonly PieceReport[]): string[] {
  const tempos = pieces
    .filter(({ problem }) => problem === "")
    .map(({ bpm }) => Math.round(bpm.main))
    .sort((a, b) => a - b);
  if (tempos.length === 0) return [];
  const changing = pieces.filter(({ bpm }) => bpm.highest > 1.05 * bpm.lowest).length;
  return [
    `tempo: ${tempos[0]} to ${tempos.at(-1)} beats a minute, median ${tempos[tempos.length >> 1]}; it changes in ${changing} files`,
  ];
}

function gridLine(pieces: readonly PieceReport[]): string[] {
  const notes = pieces.reduce((sum, piece) => sum + piece.notes, 0);
  if (notes === 0) return [];
  const share = (steps: 16 | 24): string => {
    const near = pieces.reduce((sum, piece) => sum + piece.notes * piece.onGrid[steps], 0);
    return `${Math.round((100 * near) / notes)} % at ${steps}`;
  };
  return [`notes on a step of the bar: ${share(16)}, ${share(24)} steps`];
}

function listed(shares: readonly Count[], unit: string): string {
  if (shares.length === 0) return "none";
  const named = shares.slice(0, NAMED).map(({ name, count }) => `${name} ${count}`);
  return `${named.join(", ")} ${unit}`;
}

function pieceLine(piece: PieceReport): string {
  const { file, bpm, metres, bars, usableBars, notes, tracks, parts, problem } = piece;
  const voices = Object.entries(parts).filter(([, count]) => count > 0);
  const names = voices.map(([name, count]) => `${name} ${count}`).join(", ");
  const use = problem === "" ? `${usableBars} of ${bars} bars` : problem;
  return `${file}: ${use}; ${metres[0]?.name ?? "no bars"}, ${Math.round(bpm.main)} BPM, ${tracks} tracks, ${notes} notes (${names})`;
}

function minutes(seconds: number): string {
  return `${Math.round(seconds / 60)} minutes`;
}
