/** @file What a file seems to be, from its first bytes: makes "this is not a model" messages useful. */

/** First bytes of the files that people most often pass by mistake. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["\x89PNG", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["GIF8", "a GIF picture"],
  ["RIFF", "a RIFF file (WebP, WAV or AVI)"],
  ["PK\x03\x04", "a zip archive (PyTorch's .pt and .pth files are such archives)"],
  ["\x80\x02", "a Python pickle (an old PyTorch checkpoint?)"],
  ["\x80\x04", "a Python pickle"],
  ["\x1f\x8b", "a gzip file"],
  ["\x89HDF", "an HDF5 file (Keras weights?)"],
  ["\x93NUMPY", "a NumPy array"],
  ["\x1aE\xdf\xa3", "a WebM or Matroska film"],
  ["\x7fELF", "an executable"],
  ["MZ", "a Windows executable"],
  [
    "version https://git-lfs",
    "a Git LFS pointer: the real file was not downloaded, run `git lfs pull`",
  ],
  ["<!DOCTYPE", "a web page"],
  ["<html", "a web page"],
];

/**
 * A short description of unknown bytes, for error messages: `a PNG picture`, `an empty file`, `text that starts with "..."`.
 */
export function describeFile(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const head = bytes.subarray(0, 32);
  const latin1 = String.fromCharCode(...head);
  const known = SIGNATURES.find(([signature]) => latin1.startsWith(signature));
  if (known) return known[1];
  if (head.every((byte) => byte === 0)) return `${bytes.length} bytes that start with zeros`;
  if (
    head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13)
  ) {
    return `text that starts with ${JSON.stringify(latin1)}`;
  }
  const hex = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(
    " ",
  );
  return `${bytes.length} bytes that start with ${hex}`;
}
