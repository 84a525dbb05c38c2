import { ConfigError, MediaError, RuntimeUnavailableError } from "../../base/errors.ts";
import type { AudioChunk, AudioRange, AudioSource } from "../../media/audio/audio.ts";
import type { Song } from "../../media/midi/song.ts";
import { secondsOf } from "../../media/midi/tempo.ts";
import { writeMidi } from "../../media/midi/write.ts";

/** How a piece is played. */
export interface SynthOptions {
  /** Name of the result, for messages. @default "music" */
  readonly name?: string;
  /** 8,000 to 96,000 [Hz]. @default 44100 */
  readonly sampleRate?: number;
  /** Time after the end of the piece in which the last notes fade away [s], 0 to 30. @default 2 */
  readonly tail?: number;
}

type Spessasynth = typeof import("spessasynth_core");

/** Bytes of the header of a soundfont, which is a RIFF file. */
const RIFF_BYTES = 12;

/** Samples between two looks at the piece: events are heard at most 3 ms late at 44.1 kHz. */
const BLOCK = 128;

/**
 * Plays a piece with a soundfont. The sound is made while it is read, at many times the speed of listening; reading again makes the same samples again.
 *
 * @param soundfont Content of an SF2, SF3 or DLS file.
 * @returns Stereo, in chunks of one second; full scale at -1 and 1.
 * @throws {ConfigError} if an option is out of range.
 * @throws {MediaError} if the soundfont cannot be read (its samples: when the sound is read), or the piece cannot be written as MIDI.
 * @throws {RuntimeUnavailableError} if the synthesizer is not installed.
 */
export async function synthesise(
  song: Song,
  soundfont: Uint8Array,
  options: SynthOptions = {},
): Promise<AudioSource> {
  const { name = "music", sampleRate = 44_100, tail = 2 } = options;
  check("sampleRate", sampleRate, 8_000, 96_000);
  check("tail", tail, 0, 30);
  const spessasynth = await loadSpessasynth();
  const bank = loadBank(spessasynth, soundfont);
  // The synthesizer never sees a file of the user's: it runs out of memory on some damaged ones.
  const midi = writeMidi(song).slice().buffer;
  const seconds = secondsOf(song)(song.endTick) + tail;
  return {
    name,
    sampleRate,
    channels: 2,
    order: "wave",
    seconds,
    read: (range = {}) => play({ spessasynth, bank, midi, sampleRate, seconds }, range),
  };
}

interface Performance {
  readonly spessasynth: Spessasynth;
  readonly bank: ReturnType<Spessasynth["SoundBankLoader"]["fromArrayBuffer"]>;
  readonly midi: ArrayBuffer;
  readonly sampleRate: number;
  readonly seconds: number;
}

async function* play(
  { spessasynth, bank, midi, sampleRate, seconds: total }: Performance,
  { start = 0, seconds = Number.POSITIVE_INFINITY }: AudioRange,
): AsyncGenerator<AudioChunk, void, undefined> {
  const { BasicMIDI, SpessaSynthProcessor, SpessaSynthSequencer } = spessasynth;
  // It is left to the garbage collector: its own end would empty the bank, which other readers share.
  const synth = new SpessaSynthProcessor(sampleRate, { eventsEnabled: false });
  synth.soundBankManager.addSoundBank(bank, "main");
  await synth.processorInitialized;
  const sequencer = new SpessaSynthSequencer(synth);
  sequencer.loadNewSongList([BasicMIDI.fromArrayBuffer(midi)]);
  sequencer.play();
  const first = Math.round(start * sampleRate);
  const end = Math.min(Math.round(total * sampleRate), first + Math.round(seconds * sampleRate));
  for (let at = 0; at < end; at += sampleRate) {
    const length = Math.min(sampleRate, end - at);
    const chunk = [new Float32Array(length), new Float32Array(length)] as const;
    try {
      for (let i = 0; i < length; i += BLOCK) {
        sequencer.processTick();
        synth.process(chunk[0], chunk[1], i, Math.min(BLOCK, length - i));
      }
    } catch (cause) {
      throw badSoundfont((cause as Error).message, cause); // samples are decoded when a note needs them
    }
    const skip = Math.max(0, first - at);
    if (skip < length) yield chunk.map((samples) => limited(samples.subarray(skip)));
  }
}

/** The synthesizer leaves much room above a full band: 5 parts peak at about 0.4. */
const GAIN = 2;

/** Level above which sound is squeezed. */
const KNEE = 0.8;

/** Makes sound louder, and squeezes what is above the knee so that nothing exceeds full scale: loud chords would crackle in a file. */
function limited(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    const value = GAIN * (samples[i] as number);
    const over = Math.abs(value) - KNEE;
    const squeezed = Math.sign(value) * (KNEE + (1 - KNEE) * Math.tanh(over / (1 - KNEE)));
    samples[i] = over > 0 ? squeezed : value;
  }
  return samples;
}

async function loadSpessasynth(): Promise<Spessasynth> {
  try {
    const spessasynth = await import("spessasynth_core");
    spessasynth.SpessaLog.setLogLevel(false, false, false);
    return spessasynth;
  } catch (cause) {
    throw new RuntimeUnavailableError(
      `synthesise: the synthesizer is not installed (${(cause as Error).message}). Run "npm install spessasynth_core", or write a MIDI file.`,
      { cause },
    );
  }
}

function loadBank({ SoundBankLoader }: Spessasynth, soundfont: Uint8Array): Performance["bank"] {
  const view = new DataView(soundfont.buffer, soundfont.byteOffset, soundfont.byteLength);
  const claimed = soundfont.length < RIFF_BYTES ? RIFF_BYTES : 8 + view.getUint32(4, true);
  if (soundfont.length < claimed)
    throw badSoundfont(`${soundfont.length} of ${claimed} bytes: it is cut short`);
  try {
    return SoundBankLoader.fromArrayBuffer(soundfont.slice().buffer);
  } catch (cause) {
    throw badSoundfont((cause as Error).message, cause);
  }
}

function badSoundfont(what: string, cause?: unknown): MediaError {
  return new MediaError(
    `synthesise: the soundfont cannot be read (${what}), expected an SF2, SF3 or DLS file. Take another one.`,
    { cause },
  );
}

function check(what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new ConfigError(
    `synthesise: ${what} is ${value}, expected a number from ${least} to ${most}.`,
  );
}
