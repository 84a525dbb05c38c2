import { sizeOf } from "../../base/shape.ts";
import {
  briefly,
  isCounts,
  type Meanings,
  PickleObject,
  type PickleValue,
} from "./pickle-values.ts";
import {
  denseStrides,
  denseTensor,
  type Element,
  elementBytes,
  Storage,
  StridedTensor,
} from "./strided-tensor.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** NumPy's codes of the element types that are read. */
const CODES: Readonly<Record<string, Element>> = {
  f8: "float64",
  f4: "float32",
  f2: "float16",
  i8: "int64",
  i4: "int32",
  i2: "int16",
  i1: "int8",
  u1: "uint8",
  b1: "bool",
};

/** Numbers and arrays of NumPy. Numbers become numbers, arrays tensors; arrays of Python objects are refused. */
export const NUMPY_NAMES: Meanings = new Map([
  ["numpy.ndarray", null],
  ["numpy.dtype", dtype],
  ["numpy.core.multiarray._reconstruct", () => new NumpyArray()],
  ["numpy.core.multiarray.scalar", scalar],
  ["numpy.core.numeric._frombuffer", fromBuffer],
]);

/** An element type, whose byte order follows as its state. */
class NumpyType extends PickleObject {
  readonly kind = "a NumPy type";
  readonly element: Element;

  constructor(element: Element) {
    super();
    this.element = element;
  }

  override setState(state: PickleValue, file: UntrustedFile): void {
    const order = Array.isArray(state) ? state[1] : undefined;
    if (order !== "<" && order !== "|") {
      throw file.damaged(`the pickle has NumPy data in byte order ${briefly(order)}, expected "<"`);
    }
  }
}

/** An array that is empty until its state follows. */
class NumpyArray extends StridedTensor {
  constructor() {
    super(new Storage("uint8", 0, new Uint8Array(0)), 0, [0], [1]);
  }

  /** Version, shape, element type, whether the first axis is the fastest, and the elements' bytes. */
  override setState(state: PickleValue, file: UntrustedFile): void {
    const [, shape, type, columns, bytes] = Array.isArray(state) ? state : [];
    Object.assign(this, arrayOver(shape, type, columns === true, bytes, file));
  }
}

function dtype([code]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  const element = typeof code === "string" && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (element === undefined) {
    throw file.damaged(
      `the pickle has NumPy data of type ${briefly(code)}, expected one of ${Object.keys(CODES).join(", ")}`,
    );
  }
  return new NumpyType(element);
}

function arrayOver(
  shape: PickleValue | undefined,
  type: PickleValue | undefined,
  columns: boolean,
  bytes: PickleValue | undefined,
  file: UntrustedFile,
): StridedTensor {
  if (
    !isCounts(shape) ||
    !(type instanceof NumpyType) ||
    !(bytes instanceof Uint8Array) ||
    bytes.length !== sizeOf(shape) * elementBytes(type.element)
  ) {
    throw file.damaged(
      `the pickle has a NumPy array of shape ${briefly(shape)}, type ${briefly(type)} and content ${briefly(bytes)}`,
    );
  }
  const storage = new Storage(type.element, sizeOf(shape), bytes);
  const strides = columns ? denseStrides(shape.toReversed()).reverse() : denseStrides(shape);
  return new StridedTensor(storage, 0, shape, strides);
}

/** An array as protocol 5 writes it: bytes, type, shape, and the order of the axes. */
function fromBuffer(
  [bytes, type, shape, order]: readonly PickleValue[],
  file: UntrustedFile,
): PickleValue {
  return arrayOver(shape, type, order === "F", bytes, file);
}

function scalar([type, bytes]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  const { dtype, data } = denseTensor(arrayOver([], type, false, bytes, file), "scalar", file);
  const value = data[0] ?? 0;
  if (dtype === "bool") return value === 1;
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
