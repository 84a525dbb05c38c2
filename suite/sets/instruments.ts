import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SoundBankLoader, SpessaLog, SpessaSynthProcessor } from "spessasynth_core";
import { Random } from "../../src/base/random.ts";
import { readSoundfont } from "../../src/create/music/soundfont.node.ts";
import { samplesOf } from "../../src/media/spectrogram/format.ts";
import { LogMel } from "../../src/media/spectrogram/log-mel.ts";
import { AUDIO_FORMAT } from "../../src/metrics/audio/audio-format.ts";
import { type LabelledPictures, select } from "./labelled.ts";

/** Instruments of General MIDI, and the first and last note of its drums. */
const PROGRAMS = 128;
const DRUMS = [35, 81] as const;

/** Notes of each instrument; every sixth is held out. */
const NOTES = 18;
const HELD_OUT_EVERY = 6;

/** Lowest and highest note of an instrument (C2 to C7), and softest and loudest touch. */
const [PITCHES, TOUCHES] = [
  [36, 96],
  [50, 127],
] as const;

const CACHE = resolve(import.meta.dirname, "../../.cache/sets/instruments.u8");

/**
 * Notes of the 128 instruments and 47 drums of General MIDI, played by FluidR3Mono (MIT) for 0.93 s each, as the grey pictures that the Frechet audio distance looks at.
 * Held out are notes of other pitches and touches.
 */
export async function instruments(
  onProgress: (done: number, total: number) => void,
): Promise<{ train: LabelledPictures; heldOut: LabelledPictures }> {
  const { bands: side } = AUDIO_FORMAT;
  const classes = [
    ...Array.from({ length: PROGRAMS }, (_, i) => `program ${i + 1}`),
    ...Array.from({ length: DRUMS[1] - DRUMS[0] + 1 }, (_, i) => `drum ${DRUMS[0] + i}`),
  ];
  const count = classes.length * NOTES;
  if (!existsSync(CACHE)) {
    mkdirSync(dirname(CACHE), { recursive: true });
    writeFileSync(CACHE, await render(classes.length, onProgress));
  }
  const all: LabelledPictures = {
    name: "General MIDI",
    count,
    side,
    pixels: readFileSync(CACHE),
    labels: Uint8Array.from({ length: count }, (_, i) => Math.floor(i / NOTES)),
    classes,
  };
  const indices = Array.from({ length: count }, (_, i) => i);
  return {
    train: select(
      all,
      indices.filter((i) => i % HELD_OUT_EVERY > 0),
    ),
    heldOut: select(
      all,
      indices.filter((i) => i % HELD_OUT_EVERY === 0),
    ),
  };
}

async function render(
  classes: number,
  onProgress: (done: number, total: number) => void,
): Promise<Uint8Array> {
  SpessaLog.setLogLevel(false, false, false);
  const soundfont = await readSoundfont();
  const synth = new SpessaSynthProcessor(AUDIO_FORMAT.sampleRate, { eventsEnabled: false });
  synth.soundBankManager.addSoundBank(
    SoundBankLoader.fromArrayBuffer(soundfont.slice().buffer),
    "main",
  );
  await synth.processorInitialized;
  const logMel = new LogMel(AUDIO_FORMAT);
  const { bands, frames } = AUDIO_FORMAT;
  const size = bands * frames;
  const out = new Uint8Array(classes * NOTES * size);
  const random = new Random(0).split("instruments");
  const within = ([low, high]: readonly [number, number]): number =>
    low + random.integer(high - low + 1);
  for (let i = 0; i < classes * NOTES; i++) {
    const kind = Math.floor(i / NOTES);
    const [channel, note] =
      kind < PROGRAMS ? [0, within(PITCHES)] : [9, DRUMS[0] + kind - PROGRAMS];
    if (channel === 0) synth.programChange(0, kind);
    synth.noteOn(channel, note, within(TOUCHES));
    logMel.picture(normalised(play(synth)), out, i * size);
    synth.stopAllChannels(true);
    play(synth, QUIET);
    onProgress(i + 1, classes * NOTES);
  }
  return out;
}

/** Samples between two notes, in which reverberation dies away. */
const QUIET = 4096;

/** Samples that the synthesizer makes at a time. */
const BLOCK = 128;

/** The left channel of what sounds now. */
function play(synth: SpessaSynthProcessor, length = samplesOf(AUDIO_FORMAT)): Float32Array {
  const [left, right] = [new Float32Array(length), new Float32Array(length)];
  for (let at = 0; at < length; at += BLOCK)
    synth.process(left, right, at, Math.min(BLOCK, length - at));
  return left;
}

function normalised(samples: Float32Array): Float32Array {
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  return samples.map((x) => (0.89 * x) / peak);
}
