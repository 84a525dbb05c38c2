import { expect, it } from "vitest";
import { ConfigError } from "../../src/base/errors.ts";
import { points } from "./main.ts";

it.each([
  [["--experiment", "circle"], '--experiment is "circle", expected ring or grid'],
  [["--seeds", "0"], '--seeds is "0", expected a whole number'],
  [["--seeds", "1e1"], '--seeds is "1e1", expected a whole number'],
  [["--steps", "5"], "Flags are --experiment and --seeds"],
])("%j is refused before anything is trained", async (args, message) => {
  const failure = points(args);
  await expect(failure).rejects.toThrow(ConfigError);
  await expect(failure).rejects.toThrow(message);
});
