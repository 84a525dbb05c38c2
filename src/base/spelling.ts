/** Number of single-letter changes between two words (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** `, did you mean "resolution"?` for a word close to a known one, else a list of what is known. */
export function nearestKey(word: string, known: readonly string[]): string {
  const ranked = known
    .map((key) => ({ key, distance: editDistance(word.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best !== undefined && best.distance <= Math.max(2, word.length / 3))
    return `, did you mean "${best.key}"?`;
  return `, expected one of ${known.join(", ")}`;
}
