/**
 * @file Colours of series. Each list was searched for the largest of the smallest distances between two of its colours, as people see them with all cones and
 * without one kind of them (Machado et al. 2009, doi:10.1109/TVCG.2009.113), with enough contrast to the page: 0.12 in OKLab.
 */

/** On light paper. */
export const LIGHT_SERIES = [
  "#3c4594",
  "#c2538e",
  "#4a7d1e",
  "#53a9f9",
  "#9a44e2",
  "#85a200",
  "#423521",
  "#d48f9b",
] as const;

/** On dark paper. */
export const DARK_SERIES = [
  "#4f87ff",
  "#ee9f0a",
  "#b8efce",
  "#b55ead",
  "#2cccee",
  "#ffda34",
  "#aa9d90",
  "#dc4e15",
] as const;

/** Colour of series number `index`: that of the page, and the light one where a picture stands by itself. From the ninth on they repeat. */
export function seriesColour(index: number): string {
  const place = index % LIGHT_SERIES.length;
  return `var(--series-${place + 1}, ${LIGHT_SERIES[place]})`;
}

/** The colours as declarations of CSS, `--series-1: #…;` and so on. */
export function seriesStyle(colours: readonly string[]): string {
  return colours.map((colour, i) => `--series-${i + 1}: ${colour};`).join(" ");
}
