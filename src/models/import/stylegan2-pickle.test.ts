import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { decodeSafetensors } from "../../graph/safetensors.ts";
import files from "./goldens/pickles.json" with { type: "json" };
import { decodeStyleGan2Pickle, type ImportedNetwork } from "./stylegan2-pickle.ts";

function goldenFile(name: string): Buffer {
  return readFileSync(new URL(`goldens/${name}`, import.meta.url));
}

const PICKLE = goldenFile("stylegan2.pkl");

/** The pickle with every occurrence of a text replaced by one of the same length. */
function changed(from: string, to: string): Uint8Array {
  expect(to.length).toBe(from.length);
  expect(PICKLE.includes(from)).toBe(true);
  return Buffer.from(PICKLE.toString("latin1").replaceAll(from, to), "latin1");
}

/** The opcode of a short text. */
const text = (content: string): string => `\x8c${String.fromCharCode(content.length)}${content}`;

/**
 * The smallest network pickle: G_ema without any tensors.
 *
 * @param setting Opcodes of one more key and value of its settings.
 * @param after Opcodes that follow with the network on the stack. Its dictionary of modules is entry 0 of the memo, it is 1.
 */
function smallest(setting: string, after: string): Uint8Array {
  const settings = ["z_dim", "w_dim", "img_channels"].map((key) => `${text(key)}K\x01`).join("");
  return Buffer.from(
    [
      `\x80\x04}${text("G_ema")}ctorch_utils.persistence\n_reconstruct_persistent_obj\n(}(`,
      `${text("type")}${text("class")}${text("class_name")}${text("Generator")}${text("state")}}(`,
      `${text("_parameters")}}${text("_buffers")}}${text("_modules")}}q\0${text("_init_kwargs")}}(`,
      `${settings}${text("c_dim")}K\0${text("img_resolution")}K\x04${setting}u`,
      `uutRq\x01${after}s.`,
    ].join(""),
    "latin1",
  );
}

/** Whether the bytes are refused; an error of another kind is passed on. */
function fails(bytes: Uint8Array): boolean {
  try {
    decodeStyleGan2Pickle(bytes, "x.pkl");
    return false;
  } catch (error) {
    if (error instanceof CheckpointError) return true;
    throw error;
  }
}

describe("decodeStyleGan2Pickle", () => {
  it.each(["stylegan2", "stylegan2-classes"])(
    "reads every tensor of %s.pkl as PyTorch does",
    (name) => {
      const read = decodeStyleGan2Pickle(goldenFile(`${name}.pkl`), name);
      const { tensors: golden, metadata } = decodeSafetensors(goldenFile(`${name}.safetensors`));
      const networks: Record<string, ImportedNetwork<unknown> | undefined> = {
        G_ema: read.generatorEma,
        G: read.generator,
        D: read.discriminator,
      };
      for (const [network, imported] of Object.entries(networks)) {
        const tensors = imported?.tensors ?? new Map();
        expect([...tensors.keys()]).toEqual(metadata[network]?.split(" "));
        const digests = golden.get(`digests.${network}`)?.data as Float32Array;
        [...tensors].forEach(([path, { data, dtype }], i) => {
          expect(dtype).toBe("float32");
          let sum = 0;
          let weighted = 0;
          for (const [k, value] of (data as Float32Array).entries()) {
            sum += value;
            weighted += value * ((k % 7) + 1);
          }
          expect(Math.fround(sum), path).toBeCloseTo(digests[2 * i] ?? Number.NaN, 3);
          expect(Math.fround(weighted), path).toBeCloseTo(digests[2 * i + 1] ?? Number.NaN, 3);
        });
      }
    },
  );

  it("reads a file without G and D", () => {
    const { generatorEma, ...others } = decodeStyleGan2Pickle(smallest("", ""), "x.pkl");
    expect(generatorEma.settings.synthesis.channelBase).toBe(32768);
    expect(others).toEqual({ generator: undefined, discriminator: undefined });
  });

  it("reads the shapes of the networks", () => {
    const { generatorEma, discriminator } = decodeStyleGan2Pickle(PICKLE, "x.pkl");
    const shape = (name: string): unknown => generatorEma.tensors.get(name)?.shape;
    expect(shape("synthesis.b4.const")).toEqual([8, 4, 4]);
    expect(shape("synthesis.b16.conv0.weight")).toEqual([4, 8, 3, 3]);
    expect(shape("synthesis.b16.conv0.noise_strength")).toEqual([]);
    expect(shape("mapping.w_avg")).toEqual([8]);
    expect(discriminator?.tensors.get("b4.conv.weight")?.shape).toEqual([8, 9, 3, 3]);
  });

  it("reads how the networks were made, with the defaults filled in", () => {
    const read = decodeStyleGan2Pickle(goldenFile("stylegan2-classes.pkl"), "x.pkl");
    expect(read.generatorEma.settings).toEqual({
      zDim: 4,
      cDim: 3,
      wDim: 4,
      imgResolution: 8,
      imgChannels: 3,
      mapping: {
        numLayers: 2,
        embedFeatures: null,
        layerFeatures: null,
        activation: "lrelu",
        lrMultiplier: 0.01,
        wAvgBeta: 0.995,
      },
      synthesis: {
        channelBase: 32,
        channelMax: 4,
        numFp16Res: 4,
        convClamp: 0.5,
        architecture: "skip",
        resampleFilter: [1, 3, 3, 1],
        useNoise: true,
        activation: "lrelu",
        fp16ChannelsLast: true,
      },
    });
    expect(read.generator?.settings).toEqual(read.generatorEma.settings);
    expect(read.discriminator?.settings).toEqual({
      cDim: 3,
      imgResolution: 8,
      imgChannels: 3,
      architecture: "resnet",
      channelBase: 32,
      channelMax: 4,
      numFp16Res: 4,
      convClamp: 0.5,
      cmapDim: null,
      block: {
        activation: "lrelu",
        resampleFilter: [1, 3, 3, 1],
        freezeLayers: 2,
        fp16ChannelsLast: true,
      },
      mapping: {
        numLayers: 2,
        embedFeatures: null,
        layerFeatures: null,
        activation: "lrelu",
        lrMultiplier: 0.01,
      },
      epilogue: { mbstdGroupSize: 2, mbstdNumChannels: 1, activation: "lrelu" },
    });
  });

  it.each([
    ["a zip archive", Buffer.from("PK\x03\x04"), /this is a zip archive/],
    [
      "another pickle",
      Buffer.from("\x80\x04}.", "latin1"),
      /no network G_ema \(it is a dictionary of 0\)/,
    ],
    [
      "a network that is none",
      Buffer.from("\x80\x02}U\x05G_emaK\x01s.", "latin1"),
      /G_ema is 1, expected a network/,
    ],
    [
      "a pickle that runs code",
      Buffer.from(files["system.4"], "base64"),
      /asks for "posix\.system"/,
    ],
    [
      "a network of the TensorFlow version",
      Buffer.from("\x80\x02cdnnlib.tflib.network\nNetwork\n)\x81.", "latin1"),
      /network pickle of the TensorFlow version.*Convert it with legacy\.py/,
    ],
    [
      "another function that makes networks",
      changed("_reconstruct_persistent_obj", "_reconstruct_persistent_xyz"),
      /asks for "torch_utils\.persistence\._reconstruct_persistent_xyz"/,
    ],
    [
      "a setting of another network",
      changed("channel_max", "channel_min"),
      /G_ema is no StyleGAN2-ADA network \(synthesis_kwargs: .*channel_min/,
    ],
    [
      "a part with a path for a name",
      changed("conv1", "../v1"),
      /has a part named "\.\.\/v1" in _modules/,
    ],
    ["a dictionary instead of modules", changed("_modules", "_mOdules"), /has None for _modules/],
  ] as const)("names what is wrong with %s", (_, bytes, message) => {
    expect(() => decodeStyleGan2Pickle(bytes, "x.pkl")).toThrow(CheckpointError);
    expect(() => decodeStyleGan2Pickle(bytes, "x.pkl")).toThrow(message);
  });

  it("refuses modules that contain themselves", () => {
    // The modules' dictionary gets two entries that are the network itself: a tree without end.
    const loop = smallest("", `h\0(${text("a")}h\x01${text("b")}h\x01u0`);
    expect(() => decodeStyleGan2Pickle(loop, "x.pkl")).toThrow(
      /modules in modules more than 16 deep/,
    );
  });

  it("refuses settings whose names are lists in lists without end", () => {
    const lists = `${"]".repeat(1e5)}${"a".repeat(1e5 - 1)}`;
    expect(() => decodeStyleGan2Pickle(smallest(`${lists}N`, ""), "x.pkl")).toThrow(
      /G_ema is no StyleGAN2-ADA network \(Unrecognized key: "a list of 1"\)/,
    );
  });

  it("refuses a file cut anywhere", () => {
    for (let end = 0; end < PICKLE.length; end += end < 2000 ? 1 : 997) {
      expect(fails(PICKLE.subarray(0, end)), `cut at ${end}`).toBe(true);
    }
    expect(fails(PICKLE.subarray(0, PICKLE.length - 1))).toBe(true);
  });

  it("never fails with another error", () => {
    const change = fc.tuple(fc.nat(PICKLE.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = Uint8Array.from(PICKLE);
        for (const [at, value] of changes) damaged[at] = value;
        fails(damaged);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});
