/**
 * Public experiments with seeds and goals; results are in docs/results.md.
 *
 *     npm run suite -- points [--experiment ring|grid] [--seeds 10]
 *     npm run suite -- stacked-mnist [--kimg 400] [--seeds 3]
 *     npm run suite -- fashion [--kimg 300] [--seed 0]
 *     npm run suite -- landscapes [--kimg 60] [--seed 0]
 *     npm run suite -- video [--kimg 100] [--seed 0]
 *     npm run suite -- sounds [--kimg 40] [--seed 1]
 *     npm run suite -- upscaler [--seed 0]
 *     npm run suite -- sound-formats
 */
import { ConfigError } from "../src/base/errors.ts";
import { exitCodeOf, report } from "../src/cli/failure.ts";
import { fashion } from "./fashion/main.ts";
import { landscapes } from "./landscapes/main.ts";
import { points } from "./points/main.ts";
import { soundFormats } from "./sounds/formats.ts";
import { sounds } from "./sounds/main.ts";
import { stackedMnistSuite } from "./stacked-mnist/main.ts";
import { upscalerSuite } from "./upscaler/main.ts";
import { videoSuite } from "./video/main.ts";

/** Each runs with the arguments after its name and says whether all goals were reached. */
const SUITES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  points,
  "stacked-mnist": stackedMnistSuite,
  fashion,
  landscapes,
  video: videoSuite,
  sounds,
  "sound-formats": soundFormats,
  upscaler: upscalerSuite,
};

const [name = "", ...args] = process.argv.slice(2);
try {
  const run = SUITES[name];
  if (run === undefined) {
    throw new ConfigError(
      `suite: no experiment "${name}", expected ${Object.keys(SUITES).join(" or ")}. Run npm run suite -- points.`,
    );
  }
  if (!(await run(args))) process.exitCode = 1;
} catch (error) {
  report(error);
  process.exitCode = exitCodeOf(error);
}
