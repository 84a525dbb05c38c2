import type { MetricEvent, TickEvent, VerdictEvent, VerdictName } from "../base/events.ts";
import { familyOf } from "../models/registry.ts";
import type { Range } from "../nn/schedule.ts";
import type { RunConfig } from "./config.ts";
import type { History } from "./history.ts";

/** What the figures of a run mean. */
export type Verdict = Pick<VerdictEvent, "name" | "seen" | "advice">;

/**
 * Where a verdict begins, and where one that stands ends: the second is easier to stay beyond, so a figure that hovers at the limit does not raise it again
 * and again.
 */
interface Limit {
  readonly begins: number;
  readonly ends: number;
}

/**
 * Distance of the mean logits of real and generated pictures: up to 10 in runs that went well, hundreds and soon billions with a learning rate that is too
 * high.
 */
const LOGIT_GAP: Limit = { begins: 100, ends: 30 };

/** The logits of a Wasserstein critic grow with the distance of the pictures, not with its certainty. */
const WASSERSTEIN_GAP: Limit = { begins: 10_000, ends: 3000 };

/** Ticks after numbers that were not finite until it may be said again. */
const DIVERGENCE_TICKS = 10;

/**
 * Diversity of the generated pictures: 0 when all are the same, about 0.5 when there are two kinds of them, 0.6 to 0.9 in runs that went well, also when
 * they have only begun.
 */
const DIVERSITY: Limit = { begins: 0.3, ends: 0.4 };

/** Share of memorised pictures: 0.05 for pictures as new as unseen ones, with a standard deviation of 0.01 in 500; 0.8 and more where a run copies. */
const MEMORISED: Limit = { begins: 0.3, ends: 0.2 };

/**
 * Mean sign of D(x) - D(G(z)): adaptive augmentation aims at 0.6, runs that went well reached 0.8. At 0.9 the discriminator is wrong about one pair in
 * twenty.
 */
const REAL_SIGN: Limit = { begins: 0.9, ends: 0.8 };

/** Steps that a sign is averaged over: 5,000 pairs of a batch of 16 give it a standard error below 0.01. */
const SIGN_STEPS = 300;

/** Times that each picture was shown before a discriminator can be said to know it by heart: a new picture of the same kind would do as well before. */
const LEAST_EPOCHS = 20;

/** From this strength on adaptive augmentation (at most 0.85) has nothing left to add. */
const STRONGEST_AUGMENT = 0.8;

/** Snapshots in which a run has to have become better: a quarter of a run that measures as often as it does by default. */
const RECENT_METRICS = 5;

/** What a KID has to fall by to count: the same seeds are measured each time, so a change of 3 % is no chance; near 0 a fixed amount. */
const LEAST_GAIN = { part: 0.03, fixed: 0.0005 } as const;

/**
 * Divergence of a whole code [nats]: at half a nat a picture's code hardly says which picture it is, so the decoder does without. Tens to hundreds in
 * runs that went well.
 */
const CODE_DIVERGENCE: Limit = { begins: 0.5, ends: 1 };

/** Steps before which codes may still be finding their use. */
const LEAST_CODE_STEPS = 300;

/**
 * The verdicts that hold now.
 *
 * @param standing Those that held before.
 */
export function verdictsOn(
  history: History,
  config: RunConfig,
  standing: ReadonlySet<VerdictName> = new Set(),
): Verdict[] {
  const facts: Facts = {
    history,
    config,
    tick: history.ticks.at(-1),
    metric: history.metrics.at(-1),
    progress: progressOf(history.metrics),
    limit: (name, { begins, ends }) => (standing.has(name) ? ends : begins),
  };
  const judges = [
    diverging,
    collapsed,
    posteriorCollapsed,
    memorising,
    discriminatorOverfits,
    improvement,
  ];
  return judges.flatMap((judge) => judge(facts) ?? []);
}

interface Facts {
  readonly history: History;
  readonly config: RunConfig;
  readonly tick: TickEvent | undefined;
  readonly metric: MetricEvent | undefined;
  readonly progress: Progress | undefined;
  /** The limit that holds for a verdict now. */
  readonly limit: (name: VerdictName, limit: Limit) => number;
}

function diverging({ history, config, tick, limit }: Facts): Verdict | undefined {
  const name = "diverging";
  const { objective, learningRate } = config;
  const divergence = history.divergences.at(-1);
  const { realLogit = 0, fakeLogit = 0 } = tick ?? {};
  const gap = Math.abs(realLogit - fakeLogit);
  const wide = gap >= limit(name, objective.loss === "wasserstein" ? WASSERSTEIN_GAP : LOGIT_GAP);
  // Ticks count from the last divergence.
  const broken = divergence !== undefined && history.ticks.length < DIVERGENCE_TICKS;
  if (!wide && !broken) return undefined;
  const seen = broken
    ? `numbers were not finite at ${short(divergence)} kimg.`
    : `the discriminator's logits are ${short(realLogit)} for real and ${short(fakeLogit)} for generated pictures; within 10 of each other is usual.`;
  const rates = flag("learning-rate", scaled(learningRate, 1 / 4));
  return {
    name,
    seen,
    advice: `Start again with a quarter of the learning rate, ${rates}${isAdversarial(config) && objective.penalty === "none" ? ", and a gradient penalty, --penalty r1r2" : ""}.`,
  };
}

function collapsed({ config, metric, limit }: Facts): Verdict | undefined {
  const name = "collapsed";
  if (metric === undefined || metric.diversity >= limit(name, DIVERSITY)) return undefined;
  const { gamma, learningRate } = config;
  const { loss, penalty, beta } = config.objective;
  const recipe = !isAdversarial(config)
    ? `--beta ${short(beta / 4)}`
    : loss !== "relativistic" || penalty !== "r1r2"
      ? "--loss relativistic --penalty r1r2, which seldom collapse"
      : `${flag("gamma", scaled(gamma, 4))} and ${flag("learning-rate", scaled(learningRate, 1 / 2))}`;
  return {
    name,
    seen: `at ${short(metric.kimg)} kimg two generated pictures differ ${short(metric.diversity)} times as much as two real ones (1 is like real, 0 all alike).`,
    advice: `It seldom comes back by itself. Start again with ${recipe}.`,
  };
}

function posteriorCollapsed({ config, tick, limit }: Facts): Verdict | undefined {
  const name = "posterior collapsed";
  const { divergence, step = 0 } = tick ?? {};
  if (divergence === undefined || step < LEAST_CODE_STEPS) return undefined;
  if (divergence >= limit(name, CODE_DIVERGENCE)) return undefined;
  const { beta, freeBits } = config.objective;
  const free = Math.max(0.1, 2 * freeBits);
  return {
    name,
    seen: `codes hold ${short(divergence)} nats about their pictures (tens are usual), so every picture is reconstructed alike.`,
    advice: `Start again with a smaller weight of the divergence, --beta ${short(beta / 4)}, or let every number of a code have some for nothing, --free-bits ${short(free)}.`,
  };
}

function memorising({ config, metric, limit }: Facts): Verdict | undefined {
  const name = "memorising";
  const { memorised, nearest } = metric ?? {};
  if (metric === undefined || memorised === undefined || memorised <= limit(name, MEMORISED))
    return undefined;
  const { augment, heldOut, data } = config;
  const help =
    augment === "adaptive" ? "a smaller network, --widths, helps" : "--augment adaptive helps";
  const exact = heldOut === 0 ? "; with --held-out 0.1 the comparison is exact" : "";
  return {
    name,
    seen: `at ${short(metric.kimg)} kimg ${percent(memorised)} of the generated pictures lie nearer to a training picture than 95 % of unseen pictures do (5 % is usual), at ${short(nearest ?? 0)} times their distance.`,
    advice: `Use a snapshot from before, or more pictures than ${data.pictures}; ${help}${exact}.`,
  };
}

function discriminatorOverfits(facts: Facts): Verdict | undefined {
  const name = "discriminator overfits";
  const { history, config, tick, metric, progress, limit } = facts;
  if (tick === undefined) return undefined;
  const { augment, data, gamma } = config;
  const epochs = (1000 * tick.kimg) / data.pictures;
  const sign = meanSign(history.ticks);
  if (sign === undefined || sign < limit(name, REAL_SIGN) || epochs < LEAST_EPOCHS)
    return undefined;
  // A discriminator that is ahead is no harm while the generator still learns from it, unless what it learns is the pictures themselves.
  if (progress !== undefined && isGain(progress) && !copies(metric)) return undefined;
  // Adaptive augmentation is there to bring the sign down.
  if (augment === "adaptive" && tick.augmentP < STRONGEST_AUGMENT) return undefined;
  return {
    name,
    seen: `it puts the real picture above the generated one in ${percent((1 + sign) / 2)} of the pairs, after ${short(epochs)} times through the data, with augmentation at ${short(tick.augmentP)}.`,
    advice:
      augment === "adaptive"
        ? `Augmentation is as strong as it gets: use more pictures, or start again with ${flag("gamma", scaled(gamma, 2))}.`
        : "Start again with --augment adaptive, or use more pictures.",
  };
}

function improvement({ history, config, progress, metric }: Facts): Verdict | undefined {
  if (progress === undefined || metric === undefined) return undefined;
  const { before, recent, since } = progress;
  const span = `of the last ${RECENT_METRICS} snapshots, from ${short(since)} kimg on, the best has KID ${short(recent)}; the best before has ${short(before)}.`;
  if (isGain(progress)) {
    // Copies of the pictures that it is compared with bring a KID down.
    if (copies(metric) && config.heldOut === 0) return undefined;
    return {
      name: "still improving",
      seen: span,
      advice: `If it is so at the end, a longer run will be better: --kimg ${Math.round(2 * config.kimg)}.`,
    };
  }
  const where = history.best === undefined ? "" : ` (${short(history.best.kimg)} kimg)`;
  const still = config.learningRate.every((rate) => rate === 0);
  const rates = still
    ? "a learning rate above 0 (--learning-rate 2e-4,5e-5)"
    : `half the learning rate (${flag("learning-rate", scaled(config.learningRate, 1 / 2))})`;
  return {
    name: "stopped improving",
    seen: span,
    advice: `The best snapshot is model/best.onnx${where}. To get further: more pictures, a larger network (--widths), or ${rates}.`,
  };
}

const copies = (metric: MetricEvent | undefined): boolean =>
  (metric?.memorised ?? 0) > MEMORISED.begins;

/** Mean sign over the last steps; undefined before there are enough. */
function meanSign(ticks: readonly TickEvent[]): number | undefined {
  const last = ticks.at(-1)?.step ?? 0;
  let [sum, steps] = [0, 0];
  for (let i = ticks.length - 1; i > 0 && steps < SIGN_STEPS; i--) {
    const [tick, earlier] = [ticks[i] as TickEvent, ticks[i - 1] as TickEvent];
    sum += (tick.realSign ?? 0) * (tick.step - earlier.step);
    steps = last - earlier.step;
  }
  return steps < SIGN_STEPS ? undefined : sum / steps;
}

/** The best KID of the recent snapshots and of those before. */
interface Progress {
  readonly before: number;
  readonly recent: number;
  /** Position of the first of the recent ones [kimg]. */
  readonly since: number;
}

function progressOf(metrics: readonly MetricEvent[]): Progress | undefined {
  const recent = metrics.slice(-RECENT_METRICS);
  const before = metrics.slice(0, -RECENT_METRICS);
  const best = (some: readonly MetricEvent[]): number => Math.min(...some.map(({ kid }) => kid));
  if (before.length === 0) return undefined;
  return { before: best(before), recent: best(recent), since: recent[0]?.kimg ?? 0 };
}

function isGain({ before, recent }: Progress): boolean {
  return before - recent > Math.max(LEAST_GAIN.fixed, LEAST_GAIN.part * Math.abs(before));
}

const scaled = ([start, end]: Range, factor: number): Range => [start * factor, end * factor];

const flag = (name: string, [start, end]: Range): string =>
  `--${name} ${short(start)},${short(end)}`;

const percent = (part: number): string => `${short(100 * part)} %`;

const isAdversarial = ({ architecture }: RunConfig): boolean =>
  familyOf(architecture.family).discriminator !== undefined;

/** Three significant digits. */
const short = (value: number): string => String(Number(value.toPrecision(3)));
