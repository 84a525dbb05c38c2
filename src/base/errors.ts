/** @file Every error that Ganbox throws at a caller. Messages read: where, what is wrong (actual), expected, what to do. */

/** Base of all Ganbox errors: `code` is stable and safe to branch on. */
export class GanboxError extends Error {
  /** Stable identifier, for example `E_CONFIG`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Two shapes that do not fit an operation. */
export class ShapeError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_SHAPE", message, options);
  }
}

/** An element type that an operation does not take. */
export class DTypeError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_DTYPE", message, options);
  }
}

/** A gradient that cannot be formed. */
export class GradientError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_GRADIENT", message, options);
  }
}

/** A wrong option, flag or configuration file. The command exits with code 2. */
export class ConfigError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_CONFIG", message, options);
  }
}

/** A folder or file of training data that cannot be used. */
export class DatasetError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_DATASET", message, options);
  }
}

/** A run folder, checkpoint or model file that is missing, damaged or does not match. */
export class CheckpointError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_CHECKPOINT", message, options);
  }
}

/** Training that left the finite numbers and could not be brought back. */
export class DivergenceError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_DIVERGENCE", message, options);
  }
}

/** A runtime, execution provider, codec or optional package that this machine lacks. */
export class RuntimeUnavailableError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_RUNTIME", message, options);
  }
}

/** A picture, film or sound that cannot be read or written. */
export class MediaError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_MEDIA", message, options);
  }
}

/** Something that another process is working on. */
export class LockedError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_LOCKED", message, options);
  }
}

/** Work that was stopped on request. The command exits with code 130. */
export class CancelledError extends GanboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_CANCELLED", message, options);
  }
}

/**
 * Stops on a fault of Ganbox itself, never on a mistake of the caller.
 *
 * @throws {Error} whose message starts with `internal:` when `condition` is false.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}
