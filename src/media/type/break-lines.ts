/**
 * Where to break a row of items into lines so that the widest line is as narrow as can be.
 *
 * @param widths Width of each item.
 * @param gaps Space before each item, where it does not begin a line.
 * @param count Lines to make, at most one for each item.
 * @returns Index of the first item of each line.
 */
export function balancedBreaks(
  widths: readonly number[],
  gaps: readonly number[],
  count: number,
): number[] {
  const items = widths.length;
  // best[n][i]: the widest line when items i.. are set in n + 1 lines; next[n][i]: where the second of them begins
  const best: number[][] = [];
  const next: number[][] = [];
  for (let n = 0; n < count; n++) {
    const row = new Array<number>(items + 1).fill(Number.POSITIVE_INFINITY);
    const ends = new Array<number>(items + 1).fill(items);
    for (let i = items - 1; i >= 0; i--) {
      let width = 0;
      for (let end = i + 1; end <= items; end++) {
        width += (widths[end - 1] ?? 0) + (end - 1 > i ? (gaps[end - 1] ?? 0) : 0);
        const rest =
          n === 0 ? (end === items ? 0 : Number.POSITIVE_INFINITY) : (best[n - 1]?.[end] ?? 0);
        const widest = Math.max(width, rest);
        if (widest < (row[i] ?? 0)) [row[i], ends[i]] = [widest, end];
        if (width > (row[i] ?? 0)) break;
      }
    }
    best.push(row);
    next.push(ends);
  }
  const starts = [0];
  for (let n = count - 1; n > 0; n--) starts.push(next[n]?.[starts.at(-1) ?? 0] ?? items);
  return starts;
}
