import type { GANOptions } from "../../src/box/gan.ts";
import { wholeNumbers } from "../flags.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";
import { type StackedMnistResult, stackedMnist } from "./experiment.ts";

/** What every seed has to reach. */
const GOAL = { modes: 1000, kl: 0.06 } as const;

/** One seed each, a quarter of the length. */
const ABLATIONS: readonly { name: string; title: string; options: GANOptions }[] = [
  { name: "relativistic-r1r2", title: "relativistic loss, R1 + R2", options: {} },
  { name: "relativistic-r1", title: "relativistic loss, R1", options: { penalty: "r1" } },
  {
    name: "nonsaturating-r1r2",
    title: "standard loss, R1 + R2",
    options: { loss: "nonsaturating" },
  },
  {
    name: "nonsaturating-r1",
    title: "standard loss, R1",
    options: { loss: "nonsaturating", penalty: "r1" },
  },
];

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(0)} min`;
const cells = ({ modes, kl, kimg, seconds }: StackedMnistResult): string[] => [
  String(modes),
  kl.toFixed(3),
  String(kimg),
  minutes(seconds),
];

/** Published results, 26,000 samples each; means over the sources' runs. */
const PUBLISHED = [
  ["DCGAN (arXiv:1712.04086)", "99", "3.40", "", ""],
  ["VEEGAN (arXiv:1705.07761)", "150", "2.95", "", ""],
  ["PacDCGAN2 (arXiv:1712.04086)", "1000", "0.06", "", ""],
];

/**
 * `npm run suite -- stacked-mnist [--kimg 400] [--seeds 3]`: 1,000 kinds of pictures, counted by our classifier of digits in 26,000 samples, and the
 * ablation of loss and penalty. Interrupted trainings go on when the command is repeated.
 *
 * @returns Whether every seed reached the goal.
 */
export async function stackedMnistSuite(args: readonly string[]): Promise<boolean> {
  const { kimg, seeds } = wholeNumbers("stacked-mnist", args, { kimg: 400, seeds: 3 });
  const results: StackedMnistResult[] = [];
  for (let seed = 0; seed < seeds; seed++) results.push(await stackedMnist(seed, kimg));
  const ablation: StackedMnistResult[] = [];
  for (const variant of ABLATIONS) ablation.push(await stackedMnist(0, kimg / 4, variant));
  const seconds = [...results, ...ablation].reduce((sum, r) => sum + r.seconds, 0);
  const threads = Math.max(...ablation.map((r) => r.threads));
  const record = recordOf(["npm run suite -- stacked-mnist", ...args].join(" "), threads, seconds);
  const head = ["", "modes", "KL [nats]", "kimg", "training"];
  const text = [
    table([
      head,
      ...results.map((r) => [`seed ${r.seed}`, ...cells(r)]),
      ["goal, every seed", String(GOAL.modes), String(GOAL.kl), "", ""],
      ...PUBLISHED,
    ]),
    "",
    "Loss and penalty, one seed, a quarter of the length:",
    "",
    table([head, ...ablation.map((r, i) => [ABLATIONS[i]?.title ?? "", ...cells(r)])]),
    "",
    `\`${record.command}\`: ${describeRecord(record)}`,
  ].join("\n");
  console.log(text);
  publish("stacked-mnist", { record, results, ablation }, text);
  return results.every(({ modes, kl }) => modes >= GOAL.modes && kl <= GOAL.kl);
}
