/** @file What the data doctor says about a data set: plain JSON. */
import type { Resolution } from "../../base/size.ts";

/**
 * Why a file cannot be used: it has 0 bytes; it ends too early; its bytes are wrong; it is no picture, or one of a format that is not read; it has too many
 * pixels; or the disk or the archive does not give it.
 */
export type BadKind =
  | "empty"
  | "truncated"
  | "damaged"
  | "not-a-picture"
  | "too-large"
  | "unreadable";

/** A file that training leaves out. */
export interface BadFile {
  /** Path inside the data set, with `/`. */
  readonly file: string;
  readonly kind: BadKind;
  /** What training says about it. */
  readonly reason: string;
}

/** A JPEG that can be read although its data are damaged: parts of it are grey or displaced. */
export interface SuspectFile {
  readonly file: string;
  /** What the decoder complained about. */
  readonly reason: string;
}

/** A picture that is smaller than the resolution. */
export interface SmallPicture {
  readonly file: string;
  /** Upright size [pixels]. */
  readonly width: number;
  readonly height: number;
}

/** A picture of almost one colour. */
export interface BlankPicture {
  readonly file: string;
  /** Standard deviation of its pixels, the largest of red, green and blue, 0..255. */
  readonly deviation: number;
}

/** Pictures that show the same. The first is the one to keep. */
export interface DuplicateGroup {
  readonly files: readonly string[];
  /** Names of their classes, if these differ. */
  readonly classes?: readonly string[];
}

/** Pictures counted by ranges of a value. */
export interface Histogram {
  /** Bounds between the ranges, ascending: range i is edges[i - 1] <= value < edges[i]. Shape [n]. */
  readonly edges: readonly number[];
  /** Shape [n + 1]. */
  readonly counts: readonly number[];
}

/** A value and how many pictures have it. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

/** Sizes of the readable pictures, upright [pixels]. */
export interface SizeReport {
  /** Sizes that occur, the most frequent first, ten at most. */
  readonly common: readonly {
    readonly width: number;
    readonly height: number;
    readonly count: number;
  }[];
  /** Of the shorter side. */
  readonly shortest: number;
  readonly median: number;
  readonly longest: number;
  readonly shortSide: Histogram;
  /** Width divided by height. */
  readonly aspect: Histogram;
  /** Pictures that are longer than what training takes of them: those that it takes several crops of, and those that are so long that it leaves parts out. */
  readonly cut: { readonly several: number; readonly partly: number };
}

/** How the readable pictures are stored. */
export interface StorageReport {
  /** Most frequent first. */
  readonly formats: readonly Count[];
  /** Colour spaces by libvips' names: srgb, b-w (grey), cmyk, rgb16, grey16. */
  readonly spaces: readonly Count[];
  /** Bits of a channel. */
  readonly depths: readonly Count[];
  /** Pictures with an alpha channel. */
  readonly alpha: number;
  /** With a colour profile. */
  readonly profiles: number;
  /** With several frames or pages. */
  readonly animated: number;
  /** That EXIF turns or mirrors. */
  readonly rotated: number;
}

/** Classes of the readable pictures. */
export interface ClassReport {
  /** Where they come from: "folders", "idx" or the name of a file of labels. */
  readonly from: string;
  /** In the order in which training numbers them. */
  readonly counts: readonly Count[];
  /** Largest class divided by smallest; null if a class has no readable picture. */
  readonly imbalance: number | null;
  /** Pictures that the file of labels does not name. */
  readonly unlabelled: number;
}

/** Whether there are enough pictures for a way of training. */
export interface Advice {
  readonly family: string;
  readonly verdict: "enough" | "few" | "too few";
  readonly text: string;
}

/** Something that was found, and what becomes of it. */
export interface Finding {
  readonly severity: "problem" | "warning" | "note";
  /** Files concerned. */
  readonly count: number;
  readonly text: string;
  /** What training does about it, and what the user may do. */
  readonly action: string;
}

/** What is known about a data set after each of its files was read. */
export interface DataReport {
  readonly version: 1;
  /** Absolute path. */
  readonly source: string;
  /** For which the pictures were judged: the side of a square, or width x height [pixels]. */
  readonly resolution: Resolution;
  /** Files with a picture's extension. */
  readonly files: number;
  /** Files that training can use. */
  readonly readable: number;
  /** Readable pictures without blank ones and without all but one of each group of duplicates. */
  readonly distinct: number;
  /** Size of all files [bytes]. */
  readonly bytes: number;
  /** Null if nothing is readable. */
  readonly sizes: SizeReport | null;
  readonly storage: StorageReport;
  /** Null if there are none. */
  readonly classes: ClassReport | null;
  readonly bad: readonly BadFile[];
  readonly suspect: readonly SuspectFile[];
  readonly small: readonly SmallPicture[];
  readonly blank: readonly BlankPicture[];
  readonly duplicates: {
    /** The same bytes. */
    readonly exact: readonly DuplicateGroup[];
    /** Stored or resized in another way, or changed a little. */
    readonly near: readonly DuplicateGroup[];
  };
  /** Names in an archive that would leave the folder it is unpacked to. */
  readonly outside: readonly string[];
  readonly findings: readonly Finding[];
  readonly advice: readonly Advice[];
  /** Time that it took. */
  readonly seconds: number;
}
