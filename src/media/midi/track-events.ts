import { MediaError } from "../../base/errors.ts";

/** What of a track chunk matters for its music. Ticks count from the begin of the track. */
export type TrackEvent =
  | {
      readonly kind: "on";
      readonly tick: number;
      readonly channel: number;
      readonly pitch: number;
      readonly velocity: number;
    }
  | {
      readonly kind: "off";
      readonly tick: number;
      readonly channel: number;
      readonly pitch: number;
    }
  | {
      readonly kind: "program";
      readonly tick: number;
      readonly channel: number;
      readonly program: number;
    }
  | { readonly kind: "tempo"; readonly tick: number; readonly bpm: number }
  | {
      readonly kind: "metre";
      readonly tick: number;
      readonly numerator: number;
      readonly denominator: number;
    }
  | { readonly kind: "name"; readonly tick: number; readonly name: string }
  | { readonly kind: "end"; readonly tick: number };

/** An event of one of several tracks. */
export interface PlacedEvent {
  readonly event: TrackEvent;
  readonly track: number;
}

/** Bytes of data after each channel status, by its upper four bits from 8 to 14. */
const DATA_BYTES = [2, 2, 2, 2, 1, 1, 2] as const;

/** Numbers of the meta events that are read. */
const META = { name: 0x03, end: 0x2f, tempo: 0x51, metre: 0x58 } as const;

/** Reads the events of one track chunk, with running status. */
export class TrackEvents {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  readonly #base: number;
  #at = 0;
  #tick = 0;
  /** Status of the last channel event: it holds on where the next event has none. */
  #status = 0;

  /**
   * @param bytes Content of the chunk.
   * @param where File and track, for messages.
   * @param base Where the content begins in the file [bytes].
   */
  constructor(bytes: Uint8Array, where: string, base: number) {
    this.#bytes = bytes;
    this.#where = where;
    this.#base = base;
  }

  /**
   * The events in their order, up to the end of the track. The last is `end`, even where the file leaves it out.
   *
   * @throws {MediaError} if the bytes are no MIDI events, or end inside one.
   */
  *read(): Generator<TrackEvent> {
    while (this.#at < this.#bytes.length) {
      this.#tick += this.#length();
      const event = this.#event();
      if (event !== undefined) yield event;
      if (event?.kind === "end") return;
    }
    yield { kind: "end", tick: this.#tick };
  }

  #event(): TrackEvent | undefined {
    const byte = this.#byte();
    if (byte >= 0xf0) return this.#systemEvent(byte);
    if (byte >= 0x80) this.#status = byte;
    else if (this.#status === 0) throw this.#damaged("an event without status");
    else this.#at--; // the byte is data already
    const count = DATA_BYTES[(this.#status >> 4) - 8] as number;
    const first = this.#data();
    const second = count === 2 ? this.#data() : 0;
    return this.#channelEvent(first, second);
  }

  #channelEvent(first: number, second: number): TrackEvent | undefined {
    const channel = this.#status & 15;
    const tick = this.#tick;
    switch (this.#status >> 4) {
      case 8:
        return { kind: "off", tick, channel, pitch: first };
      case 9: // a velocity of 0 ends the note
        return second === 0
          ? { kind: "off", tick, channel, pitch: first }
          : { kind: "on", tick, channel, pitch: first, velocity: second };
      case 12:
        return { kind: "program", tick, channel, program: first };
      default: // pressure, controllers and pitch bends
        return undefined;
    }
  }

  #systemEvent(status: number): TrackEvent | undefined {
    if (status === 0xf0 || status === 0xf7) {
      this.#take(this.#length());
      return undefined;
    }
    if (status !== 0xff)
      throw this.#damaged(`the status 0x${status.toString(16)}, which files do not have`);
    const kind = this.#byte();
    const data = this.#take(this.#length());
    const tick = this.#tick;
    switch (kind) {
      case META.name:
        return { kind: "name", tick, name: nameOf(data) };
      case META.end:
        return { kind: "end", tick };
      case META.tempo:
        return this.#tempo(data);
      case META.metre:
        return this.#metre(data);
      default:
        return undefined;
    }
  }

  #tempo(data: Uint8Array): TrackEvent {
    const [high = 0, middle = 0, low = 0] = data;
    const micros = (high << 16) | (middle << 8) | low;
    if (data.length !== 3 || micros === 0)
      throw this.#damaged(`a tempo of ${micros} microseconds in ${data.length} bytes`);
    return { kind: "tempo", tick: this.#tick, bpm: 6e7 / micros };
  }

  #metre(data: Uint8Array): TrackEvent {
    const [numerator = 0, power = 0] = data;
    if (data.length < 2 || numerator === 0 || power > 6)
      throw this.#damaged(`a metre of ${numerator}/2^${power} in ${data.length} bytes`);
    return { kind: "metre", tick: this.#tick, numerator, denominator: 2 ** power };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#damaged("the end inside an event");
    this.#at++;
    return byte;
  }

  #data(): number {
    const byte = this.#byte();
    if (byte < 0x80) return byte;
    this.#at--;
    throw this.#damaged(`0x${byte.toString(16)} where 0 to 127 belongs`);
  }

  /** A number of variable length: 7 bits a byte, at most 4 bytes. */
  #length(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byte();
      value = value * 128 + (byte & 127);
      if (byte < 0x80) return value;
    }
    throw this.#damaged("a number of more than 4 bytes");
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#damaged(`an event of ${length} bytes`);
    const data = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return data;
  }

  #damaged(what: string): MediaError {
    const left = this.#bytes.length - this.#at;
    return new MediaError(
      `${this.#where}: the MIDI data are damaged (${what}, at byte ${this.#base + this.#at}, ${left} before the track's end), expected MIDI events. Get an undamaged copy, or leave the file out.`,
    );
  }
}

/** A track's name. Old files have no encoding: what is no UTF-8 is read as Latin-1. */
function nameOf(data: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    text = new TextDecoder("latin1").decode(data);
  }
  // Control characters would garble a terminal.
  return text.replace(/\p{Cc}+/gu, " ").trim();
}
