/** @file Numbers, times and sizes as the reports show them. */

/** Three significant digits, or a whole number: `0.0125`, `3.14`, `1,234`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return "not finite";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2);
  return size < 100
    ? String(Number(value.toPrecision(3)))
    : Math.round(value).toLocaleString("en-US");
}

/** `1.4 MB`. */
export function shortBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** `1 h 05 min`, `4 min 10 s` or `12 s`. */
export function shortTime(seconds: number): string {
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(total % 60)} s` : `${total} s`;
}
