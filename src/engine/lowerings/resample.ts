import { hostTensor } from "../../base/tensor.ts";
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { portableLowerings } from "../../graph/onnx/portable.ts";
import type { ResampleAttrs, Value } from "../../graph/value.ts";
import { blockedConv, reorderInput, reorderOutput } from "./blocked.ts";
import type { Candidate } from "./lowering.ts";

function isBox({ factor, taps, pad }: ResampleAttrs): boolean {
  return pad === 0 && taps.length === factor && taps.every((t) => t === taps[0]);
}

/** The two-dimensional filter of every channel, [C, 1, taps, taps]. */
function kernels(b: OnnxBuilder, channels: number, taps: readonly number[]): string {
  const size = taps.length;
  const data = new Float32Array(channels * size * size);
  for (let i = 0; i < data.length; i++) {
    const tap = i % (size * size);
    data[i] = (taps[Math.floor(tap / size)] as number) * (taps[tap % size] as number);
  }
  return b.tensor(hostTensor("float32", [channels, 1, size, size], data));
}

/** Padding behind the picture that makes a strided filter end where `downsample` ends. */
function padAfter(size: number, { factor, taps, pad }: ResampleAttrs): number {
  return (size / factor - 1) * factor + taps.length - pad - size;
}

/** Ways to filter and decimate. */
export const downsampleCandidates: readonly Candidate<"Downsample">[] = [
  { name: "portable", supports: () => true, lower: () => portableLowerings.Downsample },
  {
    name: "pool",
    supports: (value) => isBox(value.attrs),
    lower: () => (b, value, inputs) => {
      const { factor, taps } = value.attrs;
      const mean = b.node("AveragePool", inputs, {
        kernel_shape: [factor, factor],
        strides: [factor, factor],
      });
      const gain = ((taps[0] as number) * factor) ** 2;
      return gain === 1 ? mean : b.node("Mul", [mean, b.scalar(gain)]);
    },
  },
  {
    name: "depthwise",
    supports: (value) => padAfter((value.inputs[0] as Value).shape[2] as number, value.attrs) >= 0,
    lower:
      () =>
      (b, value, [x = ""]) => {
        const [, c = 0, h = 0, w = 0] = (value.inputs[0] as Value).shape;
        const { factor, taps, pad } = value.attrs;
        const pads = [pad, pad, padAfter(h, value.attrs), padAfter(w, value.attrs)];
        return b.node("Conv", [x, kernels(b, c, taps)], {
          kernel_shape: [taps.length, taps.length],
          strides: [factor, factor],
          pads,
          group: c,
        });
      },
  },
  {
    name: "blocked",
    supports: (value, { channelBlock }) => {
      const [, c = 0, h = 0] = (value.inputs[0] as Value).shape;
      return channelBlock > 0 && c % channelBlock === 0 && padAfter(h, value.attrs) >= 0;
    },
    lower:
      ({ channelBlock }) =>
      (b, value, [x = ""]) => {
        const [, c = 0, h = 0, w = 0] = (value.inputs[0] as Value).shape;
        const { factor, taps, pad } = value.attrs;
        const size = taps.length;
        const split = b.reshape(kernels(b, c, taps), [c / channelBlock, channelBlock, size, size]);
        const blocks = b.reshape(b.transpose(split, [0, 2, 3, 1]), [c, 1, size, size]);
        const attrs = {
          strides: [factor, factor],
          pads: [pad, pad, padAfter(h, value.attrs), padAfter(w, value.attrs)],
          dilations: [1, 1],
          group: c,
        } as const;
        return reorderOutput(b, blockedConv(b, reorderInput(b, x), blocks, attrs, [size, size]), c);
      },
  },
];

/** Ways to insert and filter. */
export const upsampleCandidates: readonly Candidate<"Upsample">[] = [
  { name: "portable", supports: () => true, lower: () => portableLowerings.Upsample },
  {
    name: "repeat",
    supports: (value) => isBox(value.attrs),
    lower:
      () =>
      (b, value, [x = ""]) => {
        const [n = 0, c = 0, h = 0, w = 0] = (value.inputs[0] as Value).shape;
        const { factor, taps } = value.attrs;
        const cells = b.reshape(x, [n * c, h, 1, w, 1]);
        const repeated = b.reshape(
          b.node("Expand", [cells, b.ints([n * c, h, factor, w, factor])]),
          value.shape,
        );
        const gain = (taps[0] as number) ** 2;
        return gain === 1 ? repeated : b.node("Mul", [repeated, b.scalar(gain)]);
      },
  },
];
