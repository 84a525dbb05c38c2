/**
 * @file Python pickles as plain data. A pickle is a program for a small machine that can import and call anything; here it can
 * make numbers, texts and containers, and names outside of an allow-list end the reading. Nothing in a file is ever run.
 * @see https://github.com/python/cpython/blob/main/Lib/pickletools.py, the description of every opcode
 */
import { ByteReader } from "./byte-reader.ts";
import { PickleMachine } from "./pickle-machine.ts";
import { briefly, type Meanings, type PickleValue } from "./pickle-values.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** Newest protocol there is. */
const MAX_PROTOCOL = 5;

/** Most opcodes of one pickle. The largest networks have some ten thousand. */
const MAX_OPCODES = 2 ** 22;

/** Longest whole number [bytes or digits]: reading longer decimal ones would take quadratic time. */
const MAX_INTEGER = 1024;

const STOP = 0x2e;

/**
 * Reads one pickle, protocols 0 to 5.
 *
 * @param names What the pickle may ask for, and what it means.
 * @param load Gives what the pickle refers to by a persistent id; without it such ids are refused.
 * @param start Where in `bytes` the pickle begins.
 * @returns The value, and where in `bytes` the pickle ends.
 * @throws {CheckpointError} if the pickle asks for any other name (which is named), is damaged or cut short, or grows beyond
 *   all measure.
 */
export function readPickle(
  bytes: Uint8Array,
  file: UntrustedFile,
  names: Meanings,
  load?: (id: PickleValue) => PickleValue,
  start = 0,
): { value: PickleValue; end: number } {
  const reader = new ByteReader(bytes, file, start);
  const machine = new PickleMachine(reader, file, names, load);
  for (let count = 0; count < MAX_OPCODES; count++) {
    const code = reader.uint8();
    if (code === STOP) return { value: machine.pop(), end: reader.position };
    const run = OPCODES[code];
    if (!run) {
      throw machine.damaged(`has an unknown opcode, 0x${code.toString(16).padStart(2, "0")}`);
    }
    run(machine);
  }
  throw machine.damaged(`has more than ${MAX_OPCODES} opcodes`);
}

/** What each opcode does. The comments give Python's names for them. */
const OPCODES: Readonly<Record<number, (m: PickleMachine) => void>> = {
  128: checkProtocol, // PROTO
  149: (m) => void m.reader.uint64(), // FRAME: the data follows anyway

  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  73: (m) => m.push(integerLine(m)), // INT
  76: (m) => m.push(integerLine(m)), // LONG
  70: (m) => m.push(floatLine(m)), // FLOAT
  74: (m) => m.push(m.reader.int32()), // BININT
  75: (m) => m.push(m.reader.uint8()), // BININT1
  77: (m) => m.push(m.reader.uint16()), // BININT2
  138: (m) => m.push(longInteger(m, m.reader.uint8())), // LONG1
  139: (m) => m.push(longInteger(m, m.reader.uint32())), // LONG4
  71: (m) => m.push(m.reader.float64BigEndian()), // BINFLOAT

  83: (m) => m.push(quotedLine(m)), // STRING, from Python 2
  84: (m) => m.push(m.reader.latin1(m.reader.uint32())), // BINSTRING, from Python 2
  85: (m) => m.push(m.reader.latin1(m.reader.uint8())), // SHORT_BINSTRING, from Python 2
  86: (m) => m.push(escapedLine(m)), // UNICODE
  88: (m) => m.push(m.reader.utf8(m.reader.uint32())), // BINUNICODE
  140: (m) => m.push(m.reader.utf8(m.reader.uint8())), // SHORT_BINUNICODE
  141: (m) => m.push(m.reader.utf8(m.reader.uint64())), // BINUNICODE8
  66: (m) => m.push(m.reader.bytes(m.reader.uint32())), // BINBYTES
  67: (m) => m.push(m.reader.bytes(m.reader.uint8())), // SHORT_BINBYTES
  142: (m) => m.push(m.reader.bytes(m.reader.uint64())), // BINBYTES8
  150: (m) => m.push(m.reader.bytes(m.reader.uint64())), // BYTEARRAY8

  40: (m) => m.mark(), // MARK
  48: (m) => m.discard(), // POP
  49: (m) => void m.popMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP

  93: (m) => m.push([]), // EMPTY_LIST
  41: (m) => m.push([]), // EMPTY_TUPLE
  108: (m) => m.push(m.popMark()), // LIST
  116: (m) => m.push(m.popMark()), // TUPLE
  133: (m) => m.push(popTuple(m, 1)), // TUPLE1
  134: (m) => m.push(popTuple(m, 2)), // TUPLE2
  135: (m) => m.push(popTuple(m, 3)), // TUPLE3
  97: (m) => append(m, [m.pop()]), // APPEND
  101: (m) => append(m, m.popMark()), // APPENDS
  125: (m) => m.push(new Map()), // EMPTY_DICT
  100: dict, // DICT
  115: setItem, // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: addItems, // ADDITEMS
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET

  112: (m) => m.remember(memoLine(m)), // PUT
  113: (m) => m.remember(m.reader.uint8()), // BINPUT
  114: (m) => m.remember(m.reader.uint32()), // LONG_BINPUT
  148: (m) => m.remember(m.memo.size), // MEMOIZE
  103: (m) => m.recall(memoLine(m)), // GET
  104: (m) => m.recall(m.reader.uint8()), // BINGET
  106: (m) => m.recall(m.reader.uint32()), // LONG_BINGET

  99: (m) => m.push(m.name(m.reader.line(), m.reader.line())), // GLOBAL
  147: stackName, // STACK_GLOBAL
  82: callWithTuple, // REDUCE
  129: callWithTuple, // NEWOBJ
  146: callWithNames, // NEWOBJ_EX
  105: (m) => m.call(m.name(m.reader.line(), m.reader.line()), m.popMark()), // INST
  111: callOfMark, // OBJ
  98: (m) => m.build(), // BUILD
  80: (m) => m.persistent(m.reader.line()), // PERSID
  81: (m) => m.persistent(m.pop()), // BINPERSID

  130: (m) => refuseExtension(m, m.reader.uint8()), // EXT1
  131: (m) => refuseExtension(m, m.reader.uint16()), // EXT2
  132: (m) => refuseExtension(m, m.reader.int32()), // EXT4
};

function checkProtocol(m: PickleMachine): void {
  const protocol = m.reader.uint8();
  if (protocol > MAX_PROTOCOL) {
    throw m.damaged(`has protocol ${protocol}, expected 0 to ${MAX_PROTOCOL}`);
  }
}

/** Numbers where they are exact. */
function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `12`, `12L`; `00` and `01` are how protocol 0 writes False and True. */
function integerLine(m: PickleMachine): number | bigint | boolean {
  const line = m.reader.line();
  if (line === "00" || line === "01") return line === "01";
  if (line.length > MAX_INTEGER || !/^[+-]?\d+L?$/.test(line)) {
    throw m.damaged(`has ${briefly(line)} for a whole number`);
  }
  return exact(BigInt(line.replace(/^\+|L$/g, "")));
}

function memoLine(m: PickleMachine): number {
  const line = m.reader.line();
  if (!/^\d{1,15}$/.test(line)) throw m.damaged(`has ${briefly(line)} for a place in the memo`);
  return Number(line);
}

function floatLine(m: PickleMachine): number {
  const line = m.reader.line();
  const special = /^([+-]?)(inf|nan)$/.exec(line);
  if (special?.[2] === "nan") return Number.NaN;
  if (special) return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) {
    throw m.damaged(`has ${briefly(line)} for a number`);
  }
  return Number(line);
}

/** Two's complement, lowest byte first. */
function longInteger(m: PickleMachine, length: number): number | bigint {
  if (length > MAX_INTEGER) throw m.damaged(`has a whole number of ${length} bytes`);
  let value = 0n;
  for (const byte of m.reader.bytes(length).toReversed()) value = (value << 8n) | BigInt(byte);
  return exact(BigInt.asIntN(8 * length, value));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** A text as Python 2 writes it in a program. */
function quotedLine(m: PickleMachine): string {
  const line = m.reader.line();
  const text = /^(['"])(.*)\1$/s.exec(line)?.[2];
  if (text === undefined) throw m.damaged(`has ${briefly(line)} for a text in quotes`);
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex?: string, char = "") =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[char] ?? char),
  );
}

/** A text in which some characters are `\uXXXX` or `\UXXXXXXXX`. */
function escapedLine(m: PickleMachine): string {
  return m.reader
    .line()
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (_, short?: string, long?: string) => {
      const code = Number.parseInt(short ?? long ?? "", 16);
      if (code > 0x10ffff) throw m.damaged(`has no character 0x${code.toString(16)}`);
      return String.fromCodePoint(code);
    });
}

function popTuple(m: PickleMachine, length: number): PickleValue[] {
  return Array.from({ length }, () => m.pop()).reverse();
}

/** One by one, since the arguments of a call are limited. */
function append(m: PickleMachine, items: readonly PickleValue[]): void {
  const list = m.topList();
  for (const item of items) list.push(item);
}

function dict(m: PickleMachine): void {
  const map = new Map<PickleValue, PickleValue>();
  m.fill(map, m.popMark());
  m.push(map);
}

function setItem(m: PickleMachine): void {
  m.setItems(popTuple(m, 2));
}

function addItems(m: PickleMachine): void {
  const items = m.popMark();
  const set = m.topSet();
  for (const item of items) set.add(item);
}

function stackName(m: PickleMachine): void {
  const [module = null, attribute = null] = popTuple(m, 2);
  m.push(m.name(module, attribute));
}

function callWithTuple(m: PickleMachine): void {
  const [callee, args] = popTuple(m, 2);
  m.call(callee, args);
}

function callWithNames(m: PickleMachine): void {
  const [callee, args, named] = popTuple(m, 3);
  if (!(named instanceof Map) || named.size > 0) {
    throw m.damaged(`calls ${briefly(callee)} with arguments by name`);
  }
  m.call(callee, args);
}

function callOfMark(m: PickleMachine): void {
  const [callee, ...args] = m.popMark();
  m.call(callee, args);
}

/** Numbers that stand for names which only the writer's machine knows. */
function refuseExtension(m: PickleMachine, code: number): never {
  throw m.damaged(`asks for extension ${code}, expected no code of others`);
}
