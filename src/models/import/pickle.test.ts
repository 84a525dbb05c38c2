import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { CONTAINER_NAMES } from "./container-names.ts";
import files from "./goldens/pickles.json" with { type: "json" };
import { NUMPY_NAMES } from "./numpy-names.ts";
import { readPickle } from "./pickle.ts";
import type { PickleValue } from "./pickle-values.ts";
import { denseTensor, StridedTensor } from "./strided-tensor.ts";
import { TENSOR_NAMES } from "./torch-file.ts";
import { UntrustedFile } from "./untrusted-file.ts";

const NAMES = new Map([...CONTAINER_NAMES, ...NUMPY_NAMES]);
const PROTOCOLS = [0, 1, 2, 3, 4, 5] as const;

/** A file made by Python, see goldens/pickles.py. */
function golden(name: keyof typeof files): Uint8Array {
  return new Uint8Array(Buffer.from(files[name], "base64"));
}

function read(bytes: Uint8Array): PickleValue {
  return readPickle(bytes, new UntrustedFile("x.pkl", bytes.length), NAMES).value;
}

/** A pickle of these pieces: texts, one byte a character, and bytes. */
function pickle(...pieces: readonly (string | readonly number[])[]): Uint8Array {
  return Buffer.concat(
    pieces.map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : Buffer.from(piece),
    ),
  );
}

function dense(value: PickleValue | undefined): HostTensor {
  if (!(value instanceof StridedTensor)) throw new Error("no tensor");
  return denseTensor(value, "x", new UntrustedFile("x.pkl", 1e6));
}

describe("readPickle", () => {
  it.each(PROTOCOLS)("reads plain values as Python writes them, protocol %i", (protocol) => {
    const values = read(golden(`values.${protocol}`)) as Map<PickleValue, PickleValue>;
    expect(Object.fromEntries([...values].filter(([key]) => key !== "cycle"))).toEqual({
      none: null,
      bools: [true, false],
      integers: [
        0,
        -1,
        255,
        256,
        65535,
        65536,
        2 ** 31 - 1,
        -(2 ** 31),
        2 ** 31,
        Number.MAX_SAFE_INTEGER,
        2n ** 53n,
        2n ** 70n,
        -(2n ** 70n),
        -129,
        -(2 ** 15),
      ],
      floats: [
        0,
        -1.5,
        1e300,
        5e-324,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
      ],
      text: `Wälder \\ 'und'\n\t\0 🌲${"x".repeat(300)}`,
      bytes: Uint8Array.of(0, 255, 10, 92),
      bytearray: Uint8Array.of(1, 128),
      nothing: [new Uint8Array(0), "", [], [], new Map(), new Set()],
      list: [1, [2, [3]]],
      tuples: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
      set: new Set([1]),
      frozenset: new Set(["a"]),
      ordered: new Map([
        ["b", 1],
        ["a", 2],
      ]),
      7: "a number as key",
      shared: [
        [1, 2],
        [1, 2],
      ],
      long: Array.from({ length: 1001 }, (_, i) => i),
    });
    const [a, b] = values.get("shared") as PickleValue[];
    expect(a).toBe(b);
    const cycle = values.get("cycle") as PickleValue[];
    expect(cycle[0]).toBe(cycle);
    expect([...(values.get("ordered") as Map<PickleValue, PickleValue>).keys()]).toEqual([
      "b",
      "a",
    ]);
  });

  it.each(PROTOCOLS)("reads NumPy's arrays and numbers, protocol %i", (protocol) => {
    const values = read(golden(`arrays.${protocol}`)) as Map<string, PickleValue>;
    const arrays = new Map([...values].filter(([key]) => key !== "numbers"));
    const square = hostTensor("float32", [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(new Map([...arrays].map(([key, value]) => [key, dense(value)]))).toEqual(
      new Map<string, HostTensor>([
        ["rows", square],
        ["columns", square],
        ["view", hostTensor("int64", [4], BigInt64Array.of(0n, 3n, 6n, 9n))],
        ["scalar array", hostTensor("float64", [], Float64Array.of(2.5))],
        ["empty", hostTensor("float32", [0, 3])],
        ["half", hostTensor("float32", [2], Float32Array.of(0.5, -2))],
        ["bytes", hostTensor("int32", [2], Int32Array.of(-1, 2))],
        ["pixels", hostTensor("uint8", [2], Uint8Array.of(255, 0))],
        ["mask", hostTensor("bool", [2], Uint8Array.of(1, 0))],
      ]),
    );
    expect(values.get("numbers")).toEqual([0.1, 0.5, -3, 2n ** 60n, true]);
  });

  it("reads arrays by the names of NumPy 2", () => {
    const text = Buffer.from(golden("arrays.0")).toString("latin1");
    const renamed = Buffer.from(text.replaceAll("cnumpy.core.", "cnumpy._core."), "latin1");
    expect(renamed.length).toBeGreaterThan(text.length);
    expect(read(renamed)).toEqual(read(golden("arrays.0")));
  });

  it("reads the texts of Python 2", () => {
    expect(read(pickle("(S'a\\x41\\n\\\\\\''\nS\"b\"\nU\x02\xe9cT\x01\0\0\0dl."))).toEqual([
      "aA\n\\'",
      "b",
      "éc",
      "d",
    ]);
  });

  it("reads old class opcodes by the same allow-list", () => {
    expect(read(pickle("(icollections\nOrderedDict\n."))).toEqual(new Map());
    expect(read(pickle("(ccollections\nOrderedDict\no."))).toEqual(new Map());
    expect(read(pickle("\x80\x04ccollections\nOrderedDict\n)}\x92."))).toEqual(new Map());
  });

  it("leaves out attributes of dictionaries", () => {
    expect(read(pickle("\x80\x02ccollections\nOrderedDict\n)R}(U\x01aK\x01ub."))).toEqual(
      new Map(),
    );
  });
});

/** What is wrong, the pickle, and what the message says. */
const HOSTILE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "os.system as Python writes it",
    golden("system.4"),
    /^x\.pkl: the pickle asks for "posix\.system" \(byte \d+\), expected only tensors, numbers, strings and containers\. Nothing of it was run\./,
  ],
  ["os.system in protocol 0", golden("system.0"), /asks for "posix\.system"/],
  ["eval", golden("eval.2"), /asks for "builtins\.eval"/],
  ["os.system by REDUCE", pickle("cos\nsystem\n(S'true'\ntR."), /asks for "os\.system"/],
  ["os.system by INST", pickle("(S'true'\nios\nsystem\n."), /asks for "os\.system"/],
  ["os.system by OBJ", pickle("(cos\nsystem\nS'true'\no."), /asks for "os\.system"/],
  [
    "os.system by STACK_GLOBAL",
    pickle("\x80\x04\x8c\x02os\x8c\x06system\x93."),
    /asks for "os\.system"/,
  ],
  [
    "a path through an allowed module",
    pickle("\x80\x04\x8c\x0bcollections\x8c\x0f_sys.modules.os\x93."),
    /asks for "collections\._sys\.modules\.os"/,
  ],
  ["a name that is no text", pickle("\x80\x04K\x01K\x02\x93."), /a name that is no text/],
  ["a very long name", pickle(`c${"a".repeat(1e5)}\nb\n.`), /asks for "a{77}\.\.\."/],
  ["an extension", pickle("\x80\x02\x82\x05."), /asks for extension 5/],
  ["a larger extension", pickle("\x80\x02\x83\x05\x01."), /asks for extension 261/],
  ["the largest extension", pickle("\x80\x02\x84\x05\0\0\0."), /asks for extension 5/],
  ["data outside of it", pickle("Pabc\n."), /refers to data outside of it/],
  ["buffers outside of it", pickle("\x80\x05\x97."), /an unknown opcode, 0x97/],
  ["arrays of objects", golden("objects"), /NumPy data of type "O8", expected one of f8/],
  ["complex numbers", golden("complex"), /asks for "builtins\.complex"/],
  ["a newer protocol", pickle("\x80\x06N."), /has protocol 6, expected 0 to 5/],
  ["an unknown opcode", pickle("N\xff."), /an unknown opcode, 0xff \(byte 1\)/],
  ["a call of a text", pickle("S'os'\n)R."), /calls "os" with a list of 0/],
  ["a call with no tuple", pickle("ccollections\nOrderedDict\nNR."), /calls the name .* with None/],
  ["a call of what is no function", pickle("cnumpy\nndarray\n)R."), /calls the name "numpy/],
  ["an empty stack", pickle("."), /takes a value that it did not put there/],
  ["a value below the mark", pickle("N(0a."), /takes a value/],
  ["a mark that is not there", pickle("Nt."), /goes back to a mark/],
  ["an empty memo", pickle("h\x05."), /recalls entry 5/],
  ["items of a number", pickle("K\x01K\x02a."), /adds items to 1/],
  ["a key without a value", pickle("}(K\x01u."), /a key without a value/],
  ["items of a list", pickle("]K\x01K\x02s."), /sets items of a list of 0/],
  ["elements of a list", pickle("\x80\x04](K\x01\x90."), /adds elements to a list of 0/],
  ["a state for a number", pickle("K\x01}b."), /gives 1 a state/],
  ["a number that is none", pickle("Iabc\n."), /has "abc" for a whole number/],
  ["a number that is code", pickle("F__import__('os')\n."), /for a number/],
  ["a number of a million digits", pickle(`L${"9".repeat(1e6)}L\n.`), /for a whole number/],
  ["a text without its quotes", pickle("S'abc\n."), /for a text in quotes/],
  ["no character", pickle("V\\U00110000\n."), /no character 0x110000/],
  ["no UTF-8", pickle("X\x02\0\0\0\xff\xfe."), /is no UTF-8/],
  [
    "bytes of a wide character",
    pickle("c_codecs\nencode\n(V\\u0100\nVlatin1\ntR."),
    /makes a byte of "Ā"/,
  ],
  ["a dictionary of no pairs", pickle("ccollections\nOrderedDict\n((K\x01ltR."), /no pairs/],
  ["a set of a number", pickle("cbuiltins\nset\n(K\x01tR."), /what is no list/],
];

/** A declared length far beyond the file. */
const HUGE: readonly (readonly [string, Uint8Array])[] = [
  ["a text", pickle("X\xff\xff\xff\xff")],
  ["bytes", pickle("B\xff\xff\xff\xff")],
  ["an old text", pickle("T\xff\xff\xff\xff")],
  ["a text of 2^63", pickle("\x8d", [0, 0, 0, 0, 0, 0, 0, 128])],
  ["bytes of 2^64 - 1", pickle("\x8e", new Array(8).fill(255))],
  ["a bytearray", pickle("\x96", new Array(8).fill(255))],
  ["a number", pickle("\x8b\xff\xff\xff\xff")],
];

describe("readPickle, on a pickle that is damaged or wants to run code,", () => {
  it.each(HOSTILE)("names what is wrong with %s", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(CheckpointError);
    expect(() => read(bytes)).toThrow(message);
  });

  it.each(HUGE)("takes no memory for %s of a huge declared length", (_, bytes) => {
    expect(() => read(bytes)).toThrow(CheckpointError);
  });

  it("refuses a file cut at any byte", () => {
    for (const name of ["values.0", "values.4", "arrays.2", "arrays.5"] as const) {
      const bytes = golden(name);
      // Every byte of what differs; the rest is a list of a thousand numbers.
      for (let end = 0; end < bytes.length; end += end < 1500 ? 1 : 97) {
        if (!fails(bytes.subarray(0, end))) expect.fail(`${name} cut at ${end} is read`);
      }
    }
  });

  it("never fails with another error", () => {
    const files = (["values.0", "values.4", "arrays.2", "arrays.5", "system.4"] as const).map(
      golden,
    );
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 3 }),
        (bytes, changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          fails(damaged);
        },
      ),
      { numRuns: 1500, seed: 1 },
    );
    const opcode = fc.constantFrom(
      ..."(.012FGIJKLMNPQRSTUVXabcdeghijloprsqt}]u)BC\x80\x81\x85\x86\x87\x88\x8a\x8f\x90\x91\x92\x93\x94",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(opcode, fc.constantFrom("\0", "\x01", "\n", "a"))), (codes) =>
        fails(pickle(codes.join(""))),
      ),
      { numRuns: 1500, seed: 1 },
    );
  });

  it("stops containers that ask for themselves again and again", () => {
    // A text of a megabyte, encoded again and again through the memo.
    const text = pickle("c_codecs\nencode\nq\x00X\0\0\x10\0", "a".repeat(2 ** 20), "q\x01");
    const again = pickle("h\0h\x01\x85R");
    expect(() =>
      read(Buffer.concat([text, ...new Array(100).fill(again), Buffer.from(".")])),
    ).toThrow(/unpacks to far more than its \d+ bytes, expected at most 16 times/);
    const list = pickle("cbuiltins\nset\nq\x00](", "N".repeat(1e5), "eq\x01");
    expect(() =>
      read(Buffer.concat([list, ...new Array(1000).fill(again), Buffer.from(".")])),
    ).toThrow(/unpacks to far more/);
  });

  it("reads nested and shared containers without unpacking them", () => {
    // Each of 1,000 lists holds the one before ten times: 10^1000 values on paper.
    const laughs = pickle(
      "]q\0",
      ...new Array(1000).fill("](h\0h\0h\0h\0h\0h\0h\0h\0h\0h\0eq\0"),
      ".",
    );
    expect(read(laughs)).toHaveLength(10);
    const deep = pickle("]".repeat(1e5), "a".repeat(1e5 - 1), ".");
    expect(read(deep)).toHaveLength(1);
  });

  it("stops after as many opcodes as no network has", () => {
    expect(() => read(pickle("N0".repeat(2 ** 21), "N."))).toThrow(/more than 4194304 opcodes/);
  });

  it("knows these names and no others", () => {
    expect([...TENSOR_NAMES.keys()].toSorted()).toMatchInlineSnapshot(`
      [
        "_codecs.encode",
        "builtins.bytearray",
        "builtins.bytes",
        "builtins.dict",
        "builtins.frozenset",
        "builtins.list",
        "builtins.set",
        "builtins.tuple",
        "collections.OrderedDict",
        "numpy.core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar",
        "numpy.core.numeric._frombuffer",
        "numpy.dtype",
        "numpy.ndarray",
        "torch.BFloat16Storage",
        "torch.BoolStorage",
        "torch.ByteStorage",
        "torch.CharStorage",
        "torch.DoubleStorage",
        "torch.FloatStorage",
        "torch.HalfStorage",
        "torch.IntStorage",
        "torch.LongStorage",
        "torch.ShortStorage",
        "torch.Size",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_tensor_v2",
      ]
    `);
  });
});

/** Whether the bytes are refused; an error of another kind is passed on. */
function fails(bytes: Uint8Array): boolean {
  try {
    read(bytes);
    return false;
  } catch (error) {
    if (error instanceof CheckpointError) return true;
    throw error;
  }
}
