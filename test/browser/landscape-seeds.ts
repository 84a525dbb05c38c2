/** Pictures of the ready-made model that Node and pages must agree on. */
export const LANDSCAPE_SEEDS: readonly number[] = [0, 7, 20, 70_000, 3];
