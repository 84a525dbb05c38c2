import { type Meanings, type PickleValue, quoted } from "./pickle-values.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** What an element of a copied container takes at most [bytes]. */
const ELEMENT_BYTES = 64;

/** Python's own containers and bytes, as far as pickles ask for them by name. */
export const CONTAINER_NAMES: Meanings = new Map([
  ["collections.OrderedDict", ordered],
  ["builtins.dict", ordered],
  ["builtins.list", ([items = []], file) => [...elements(items, file)]],
  ["builtins.tuple", ([items = []], file) => [...elements(items, file)]],
  ["builtins.set", ([items = []], file) => new Set(elements(items, file))],
  ["builtins.frozenset", ([items = []], file) => new Set(elements(items, file))],
  ["builtins.bytes", bytesOf],
  ["builtins.bytearray", bytesOf],
  ["_codecs.encode", bytesOf],
]);

function elements(items: PickleValue, file: UntrustedFile): readonly PickleValue[] {
  if (!Array.isArray(items)) throw file.damaged("the pickle makes a container of what is no list");
  file.spend(items.length * ELEMENT_BYTES);
  return items;
}

/** An empty dictionary, or one of a list of pairs. */
function ordered([pairs = []]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  return new Map(
    elements(pairs, file).map((pair): [PickleValue, PickleValue] => {
      const [key, value] = Array.isArray(pair) ? pair : [];
      if (key === undefined || value === undefined) {
        throw file.damaged("the pickle makes a dictionary of what are no pairs");
      }
      return [key, value];
    }),
  );
}

/** Bytes as protocols 0 to 2 write them: nothing, bytes, or a text of one character a byte with the codec's name. */
function bytesOf(
  [content = "", codec = "latin1"]: readonly PickleValue[],
  file: UntrustedFile,
): PickleValue {
  if (content instanceof Uint8Array) return content;
  if (typeof content !== "string" || (codec !== "latin1" && codec !== "latin-1")) {
    throw file.damaged("the pickle makes bytes of what is no latin1 text");
  }
  file.spend(content.length);
  const bytes = new Uint8Array(content.length);
  for (let i = 0; i < content.length; i++) {
    const code = content.charCodeAt(i);
    if (code > 255) throw file.damaged(`the pickle makes a byte of ${quoted(content.charAt(i))}`);
    bytes[i] = code;
  }
  return bytes;
}
