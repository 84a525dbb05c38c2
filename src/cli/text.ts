/** @file Numbers and times as people read them. */
import { isAbsolute, relative } from "node:path";

/** `1h 05m`, `4m 10s` or `12s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(total % 60)}s` : `${total}s`;
}

/** Three significant digits, or a whole number: `0.0125`, `3.14`, `215`, `1234`. */
export function formatNumber(value: number): string {
  return String(Math.abs(value) < 100 ? Number(value.toPrecision(3)) : Math.round(value));
}

/**
 * Time since then in its largest unit: `12s`, `5m`, `3h`, `16d`.
 *
 * @param time ISO 8601.
 */
export function formatAge(time: string, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 48 * 3600
    ? `${Math.floor(seconds / 3600)}h`
    : `${Math.floor(seconds / 86_400)}d`;
}

/** `1,234,567`. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** A path as short as the current folder allows, as an argument that a shell takes: in quotes if it has spaces. */
export function showPath(path: string): string {
  const near = relative(process.cwd(), path);
  const short = near === "" || near.startsWith("..") || isAbsolute(near) ? path : near;
  return /\s/.test(short) ? `"${short}"` : short;
}
