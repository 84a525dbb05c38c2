/** @file A song as a drawing: its waveform, beats, sections, energies and chroma. */
import type { SongAnalysis } from "./analysis.ts";

/** Size of the drawing, its margins, and the heights of its rows, from the top [pixels]. */
const [WIDTH, LEFT, RIGHT, TOP] = [1280, 72, 16, 60];
const ROWS = { sections: 22, waveform: 130, onsets: 60, energy: 90, chroma: 156 } as const;
const GAP = 16;
const AXIS = 26;

/** Colours that stay apart for colour-blind eyes (Okabe and Ito 2008), light enough to write on. */
const KINDS = [
  "#56b4e9",
  "#e69f00",
  "#009e73",
  "#f0e442",
  "#cc79a7",
  "#d55e00",
  "#8fa3bf",
] as const;
const LINES = { low: "#d55e00", mid: "#009e73", high: "#0072b2" } as const;
const [INK, FAINT, WAVE, BEAT] = ["#1f2933", "#9aa5b1", "#486581", "#d64545"];

const PITCHES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"] as const;

/** Most columns of the waveform and of chroma: more than can be seen. */
const COLUMNS = 800;

/**
 * An SVG drawing of a song.
 *
 * @param title Written above; any text.
 */
export function drawAnalysis(song: SongAnalysis, title: string): string {
  const width = WIDTH - LEFT - RIGHT;
  const x = (time: number): number => LEFT + (time / song.seconds) * width;
  const parts: string[] = [];
  let top = TOP;
  const row = (
    name: string,
    height: number,
    draw: (top: number, height: number) => string,
  ): void => {
    parts.push(text(LEFT - 8, top + height / 2 + 4, name, "end", 12), draw(top, height));
    top += height + GAP;
  };
  row("sections", ROWS.sections, (y, h) => sections(song, x, y, h));
  row("sound", ROWS.waveform, (y, h) => beats(song, x, y, h) + waveform(song, x, y, h));
  row("onsets", ROWS.onsets, (y, h) => onsets(song, x, y, h));
  row("energy", ROWS.energy, (y, h) => energies(song, x, y, h));
  parts.push(chroma(song, x, top, ROWS.chroma));
  top += ROWS.chroma + 4;
  parts.push(axis(song, x, top));
  const height = top + AXIS;
  const facts = [
    clock(song.seconds),
    song.tempo === undefined ? "no rhythm found" : `${song.tempo.toFixed(1)} BPM`,
    `${song.beats.length} beats`,
    `${song.bars.length} bars`,
    `${song.onsets.length} onsets`,
    `${song.sections.length} sections`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    text(LEFT, 26, escapeXml(title), "start", 18, INK),
    text(LEFT, 46, facts.join(", "), "start", 13),
    ...parts,
    "</svg>",
  ].join("\n");
}

type Scale = (time: number) => number;

function sections(song: SongAnalysis, x: Scale, y: number, height: number): string {
  return song.sections
    .map(({ start, end, kind }) => {
      const [from, to] = [x(start), x(end)];
      const colour = KINDS[kind % KINDS.length];
      const box = `<rect x="${n(from)}" y="${y}" width="${n(to - from - 1)}" height="${height}" fill="${colour}" rx="3"/>`;
      const name = String.fromCharCode(65 + (kind % 26));
      return to - from < 14
        ? box
        : box + text((from + to) / 2, y + height / 2 + 5, name, "middle", 13, INK);
    })
    .join("");
}

function waveform({ peaks, seconds }: SongAnalysis, x: Scale, y: number, height: number): string {
  const columns = downsampled(peaks, Math.max);
  const middle = y + height / 2;
  const at = (i: number): number => x((i / columns.length) * seconds);
  const up = columns.map((p, i) => `${n(at(i))},${n(middle - (Math.min(1, p) * height) / 2)}`);
  const down = columns.map((p, i) => `${n(at(i))},${n(middle + (Math.min(1, p) * height) / 2)}`);
  return `<polygon points="${[...up, ...down.reverse()].join(" ")}" fill="${WAVE}"/>`;
}

function beats({ beats: times, bars }: SongAnalysis, x: Scale, y: number, height: number): string {
  const first = new Set(bars);
  // Where beats lie closer than 3 pixels, only bars are drawn.
  const apart = times.length < 2 ? 99 : (x(times.at(-1) ?? 0) - x(times[0] ?? 0)) / times.length;
  return times
    .filter((time) => apart >= 3 || first.has(time))
    .map((time) => {
      const bar = first.has(time);
      const from = bar ? y - 6 : y;
      return `<line x1="${n(x(time))}" x2="${n(x(time))}" y1="${from}" y2="${y + height}" stroke="${BEAT}" stroke-width="${bar ? 1.4 : 0.6}" opacity="${bar ? 0.8 : 0.45}"/>`;
    })
    .join("");
}

function onsets(song: SongAnalysis, x: Scale, y: number, height: number): string {
  const sticks = song.onsets.map(({ time, strength }) => {
    const top = n(y + height * (1 - strength));
    return `M${n(x(time))} ${y + height}V${top}`;
  });
  return `<path d="${sticks.join("")}" stroke="${INK}" stroke-width="0.9" opacity="0.75"/>${base(x, song, y + height)}`;
}

function energies(song: SongAnalysis, x: Scale, y: number, height: number): string {
  const lines = (["low", "mid", "high"] as const).map((name, i) => {
    const columns = downsampled(
      song[name],
      (...all) => all.reduce((a, b) => a + b, 0) / all.length,
    );
    const most = Math.max(1e-6, ...columns);
    const points = columns.map(
      (value, k) =>
        `${n(x((k / columns.length) * song.seconds))},${n(y + height * (1 - value / most))}`,
    );
    const label = text(WIDTH - RIGHT - 120 + 45 * i, y - 3, name, "start", 11, LINES[name]);
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${LINES[name]}" stroke-width="1.2"/>${label}`;
  });
  return lines.join("") + base(x, song, y + height);
}

function chroma(song: SongAnalysis, x: Scale, y: number, height: number): string {
  const moments = song.chroma.length / 12;
  const columns = Math.min(moments, COLUMNS / 2);
  const [across, down] = [(x(song.seconds) - LEFT) / columns, height / 12];
  const cells: string[] = [];
  for (let c = 0; c < columns; c++) {
    const [from, to] = [
      Math.floor((c * moments) / columns),
      Math.floor(((c + 1) * moments) / columns),
    ];
    for (let pitch = 0; pitch < 12; pitch++) {
      let sum = 0;
      for (let m = from; m < to; m++) sum += song.chroma[12 * m + pitch] as number;
      const shade = sum / (to - from);
      if (shade < 0.04) continue;
      cells.push(
        `<rect x="${n(LEFT + c * across)}" y="${n(y + (11 - pitch) * down)}" width="${n(across + 0.3)}" height="${n(down)}" opacity="${shade.toFixed(2)}"/>`,
      );
    }
  }
  const names = PITCHES.map((name, pitch) =>
    text(LEFT - 8, y + (11.5 - pitch) * down + 4, name, "end", 10),
  );
  return `<g fill="#243b53">${cells.join("")}</g>${names.join("")}`;
}

function axis(song: SongAnalysis, x: Scale, y: number): string {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((s) => song.seconds / s <= 14) ?? 900;
  const count = Math.floor(song.seconds / step) + 1;
  return Array.from({ length: count }, (_, i) => {
    const at = n(x(i * step));
    return `<line x1="${at}" x2="${at}" y1="${y}" y2="${y + 5}" stroke="${FAINT}"/>${text(Number(at), y + 18, clock(i * step), "middle", 11)}`;
  }).join("");
}

function base(x: Scale, song: SongAnalysis, y: number): string {
  return `<line x1="${LEFT}" x2="${n(x(song.seconds))}" y1="${y}" y2="${y}" stroke="${FAINT}" stroke-width="0.6"/>`;
}

/** At most `COLUMNS` values, each of as many neighbours. */
function downsampled(curve: Float32Array, combine: (...values: number[]) => number): number[] {
  const count = Math.min(curve.length, COLUMNS);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * curve.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * curve.length) / count));
    return combine(...curve.subarray(from, to));
  });
}

function text(
  x: number,
  y: number,
  content: string,
  anchor: string,
  size: number,
  colour: string = "#52606d",
): string {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" font-size="${size}" fill="${colour}">${content}</text>`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(content: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return content.replace(/[&<>"]/g, (sign) => names[sign] ?? sign);
}
