import type { Random } from "../../src/base/random.ts";

/** Largest changes of a picture that keep its class. */
export interface Distortion {
  /** [pixels] */
  readonly shift: number;
  /** [radians] */
  readonly turn: number;
  /** Share by which width and height change, each on its own. */
  readonly stretch: number;
  readonly mirror: boolean;
}

/** Writes a randomly moved, turned and stretched copy of a grey picture into `out`, as values from 0 to 1; black beyond its edges. */
export function distort(
  pixels: Uint8Array,
  side: number,
  { shift, turn, stretch, mirror }: Distortion,
  random: Random,
  out: Float32Array,
): void {
  const draw = (limit: number): number => limit * (2 * random.uniform() - 1);
  const angle = draw(turn);
  const [sx, sy] = [
    (1 + draw(stretch)) * (mirror && random.uniform() < 0.5 ? -1 : 1),
    1 + draw(stretch),
  ];
  const [dx, dy] = [draw(shift), draw(shift)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const middle = (side - 1) / 2;
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= side || y >= side ? 0 : (pixels[y * side + x] as number);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [u, v] = [column - middle, row - middle];
      const x = middle + dx + sx * (cos * u - sin * v);
      const y = middle + dy + sy * (sin * u + cos * v);
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      const top = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx;
      const bottom = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx;
      out[row * side + column] = (top * (1 - fy) + bottom * fy) / 255;
    }
  }
}
