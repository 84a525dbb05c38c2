import type { Shape } from "../../base/shape.ts";
import type { ResampleAttrs } from "../value.ts";
import { allocateFor, type KernelTable } from "./tensor.ts";

/** Positions in the large and the small picture and the filter weight that joins them. */
type Visit = (large: number, small: number, weight: number) => void;

/** Visits every pair of pixels that a separable filter joins: large pixel `factor i + t - pad` and small pixel `i` by `taps[t]`. */
function filterPairs(large: Shape, small: Shape, attrs: ResampleAttrs, visit: Visit): void {
  const { factor, taps, pad } = attrs;
  const [n, c, h, w] = small as [number, number, number, number];
  const [, , height, width] = large as [number, number, number, number];
  for (let plane = 0; plane < n * c; plane++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        for (const [t, vertical] of taps.entries()) {
          const row = factor * i + t - pad;
          if (row < 0 || row >= height) continue;
          for (const [s, horizontal] of taps.entries()) {
            const column = factor * j + s - pad;
            if (column < 0 || column >= width) continue;
            visit(
              (plane * height + row) * width + column,
              (plane * h + i) * w + j,
              vertical * horizontal,
            );
          }
        }
      }
    }
  }
}

/** Kernels of operations that change the resolution. */
export const resampleKernels = {
  Downsample: ({ x: [x], value, attrs }) => {
    const y = allocateFor(value);
    filterPairs(x.shape, value.shape, attrs, (large, small, weight) => {
      y[small] = y[small]! + weight * x.data[large]!;
    });
    return y;
  },
  Upsample: ({ x: [x], value, attrs }) => {
    const y = allocateFor(value);
    filterPairs(value.shape, x.shape, attrs, (large, small, weight) => {
      y[large] = y[large]! + weight * x.data[small]!;
    });
    return y;
  },
} satisfies Partial<KernelTable>;
