import type { Shape } from "../../base/shape.ts";
import type { ConvAttrs } from "../value.ts";
import { allocateFor, broadcastStrides, type KernelTable, walk } from "./tensor.ts";

/** Positions of one product in the images, the kernels and the result of a convolution. */
type Visit = (x: number, w: number, y: number) => void;

/**
 * Visits every product `x w` that a convolution adds to `y`: output pixel (i, j) meets kernel element (u, v) at input pixel
 * `(i stride - pad + u dilation, j stride - pad + v dilation)`. The convolution and its two gradients walk over the same
 * products and differ only in which two factors they multiply.
 */
function convProducts(x: Shape, w: Shape, y: Shape, attrs: ConvAttrs, visit: Visit): void {
  const { strides, pads, dilations, group } = attrs;
  const [, channels, height, width] = x as [number, number, number, number];
  const [outputs, groupChannels, kh, kw] = w as [number, number, number, number];
  const [n, , h, wide] = y as [number, number, number, number];
  const groupOutputs = outputs / group;
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < outputs; o++) {
      const firstChannel = Math.floor(o / groupOutputs) * groupChannels;
      for (let c = 0; c < groupChannels; c++) {
        const xPlane = (image * channels + firstChannel + c) * height;
        const wPlane = (o * groupChannels + c) * kh;
        const yPlane = (image * outputs + o) * h;
        for (let i = 0; i < h; i++) {
          for (let u = 0; u < kh; u++) {
            const row = i * strides[0] - pads[0] + u * dilations[0];
            if (row < 0 || row >= height) continue;
            for (let j = 0; j < wide; j++) {
              for (let v = 0; v < kw; v++) {
                const column = j * strides[1] - pads[1] + v * dilations[1];
                if (column < 0 || column >= width) continue;
                visit(
                  (xPlane + row) * width + column,
                  (wPlane + u) * kw + v,
                  (yPlane + i) * wide + j,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** Kernels of contractions. */
export const contractKernels = {
  MatMul: ({ x: [a, b], value, attrs: { transA, transB } }) => {
    const y = allocateFor(value);
    const batch = value.shape.slice(0, -2);
    const [m, n] = value.shape.slice(-2) as [number, number];
    const k = a.shape.at(transA ? -2 : -1)!;
    const [aRow, aInner] = transA ? [1, m] : [k, 1];
    const [bInner, bColumn] = transB ? [1, k] : [n, 1];
    const aBatch = batchPositions(a.shape, batch);
    const bBatch = batchPositions(b.shape, batch);
    for (let matrix = 0; matrix < aBatch.length; matrix++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) {
            sum +=
              a.data[aBatch[matrix]! + i * aRow + l * aInner]! *
              b.data[bBatch[matrix]! + l * bInner + j * bColumn]!;
          }
          y[(matrix * m + i) * n + j] = sum;
        }
      }
    }
    return y;
  },
  Conv: ({ x: [x, w], value, attrs }) => {
    const y = allocateFor(value);
    convProducts(x.shape, w.shape, value.shape, attrs, (xi, wi, yi) => {
      y[yi] = y[yi]! + x.data[xi]! * w.data[wi]!;
    });
    return y;
  },
  ConvInputGrad: ({ x: [dy, w], value, attrs }) => {
    const dx = allocateFor(value);
    convProducts(value.shape, w.shape, dy.shape, attrs, (xi, wi, yi) => {
      dx[xi] = dx[xi]! + dy.data[yi]! * w.data[wi]!;
    });
    return dx;
  },
  ConvWeightGrad: ({ x: [x, dy], value, attrs }) => {
    const dw = allocateFor(value);
    convProducts(x.shape, value.shape, dy.shape, attrs, (xi, wi, yi) => {
      dw[wi] = dw[wi]! + x.data[xi]! * dy.data[yi]!;
    });
    return dw;
  },
} satisfies Partial<KernelTable>;

/** Where each matrix of a broadcast batch begins. */
function batchPositions(shape: Shape, batch: Shape): Int32Array {
  const matrix = shape.at(-2)! * shape.at(-1)!;
  const own = shape.slice(0, -2);
  return walk(batch, broadcastStrides(own, batch)).map((position) => position * matrix);
}
