import { describe, expect, it } from "vitest";
import { type Compared, type Figures, figureOf, isTie, ranking } from "./figures.ts";
import { comparisonRows, markdownTable } from "./table.ts";
import { findings } from "./words.ts";

/** A family with the figures of a usual GAN, but for those that are given. */
function compared(family: string, figures: Figures, secondsPerKimg = 10, speed = 100): Compared {
  return {
    family,
    figures: { kernelDistance: { value: 0.1, error: 0.001 }, ...figures },
    cost: {
      seconds: 100 * secondsPerKimg,
      secondsPerKimg,
      memoryMb: 500,
      weights: { generator: 1_234_567, discriminator: 1000, encoder: 0 },
      imagesPerSecond: speed,
    },
  };
}

const kid = (value: number, error = 0.001): Figures => ({ kernelDistance: { value, error } });

/** The text under a topic. */
function said(families: readonly Compared[], topic: string): string | undefined {
  return findings(families).find((finding) => finding.topic === topic)?.text;
}

describe("what the figures say", () => {
  it("names the best by KID, and another one when the figures change", () => {
    const [gan, vae] = [compared("r3gan", kid(0.02)), compared("vae", kid(0.05))];
    expect(said([gan, vae], "Nearest to the data")).toBe(
      "By KID r3gan (0.02 ± 0.001) is best, before vae (0.05 ± 0.001).",
    );
    const worse = compared("r3gan", kid(0.08));
    expect(said([worse, vae], "Nearest to the data")).toMatch(
      /^By KID vae .* is best, before r3gan/,
    );
  });

  it("calls differences within the errors ties", () => {
    const [a, b] = [compared("a", kid(0.02, 0.01)), compared("b", kid(0.03, 0.01))];
    expect(said([a, b], "Nearest to the data")).toBe(
      "By KID they tie: a (0.02 ± 0.01) and b (0.03 ± 0.01); the differences are within the errors.",
    );
    const c = compared("c", kid(0.2, 0.01));
    expect(said([a, c, b], "Nearest to the data")).toContain(
      "b (0.03 ± 0.01) tie for the first place, before c (0.2 ± 0.01).",
    );
    // The same values with smaller errors are no tie.
    const [sure, surer] = [compared("a", kid(0.02)), compared("b", kid(0.03))];
    expect(said([sure, surer], "Nearest to the data")).toContain("a (0.02 ± 0.001) is best");
  });

  it("says when FD and KID disagree", () => {
    const fd = (value: number): Figures => ({ frechetDistance: { value, error: 1 } });
    const one = compared("a", { ...kid(0.02), ...fd(50) });
    const two = compared("b", { ...kid(0.05), ...fd(20) });
    expect(said([one, two], "Nearest to the data")).toContain("do not agree");
    const three = compared("b", { ...kid(0.05), ...fd(80) });
    expect(said([one, three], "Nearest to the data")).not.toContain("do not agree");
  });

  it("names who covers most", () => {
    const coverage = (value: number): Figures => ({ coverage: { value, error: 0.01 } });
    const families = [compared("a", coverage(0.3)), compared("b", coverage(0.7))];
    expect(said(families, "Quality and variety")).toBe(
      "By coverage b (0.7 ± 0.01) is best, before a (0.3 ± 0.01).",
    );
  });

  it("names the sharpest and the blurriest, and suspects noise", () => {
    const sharp = (value: number): Figures => ({ sharpness: { value, error: 0.01 } });
    const families = [compared("vae", sharp(0.3)), compared("gan", sharp(0.9))];
    const text = said(families, "Sharpness") ?? "";
    expect(text).toContain("The sharpest pictures are those of gan, the blurriest those of vae");
    expect(text).not.toContain("noise");
    const noisy = [compared("vae", sharp(0.3)), compared("gan", sharp(1.6))];
    expect(said(noisy, "Sharpness")).toContain("Above 1, as of gan");
    const same = [compared("vae", sharp(0.9)), compared("gan", sharp(0.91))];
    expect(said(same, "Sharpness")).toContain("All are equally sharp");
    // Like real ones by the same amount, one blurred and one noisy.
    const around = [compared("vae", sharp(0.9)), compared("gan", sharp(1.1))];
    expect(said(around, "Sharpness")).toContain("those of gan, the blurriest those of vae");
    const three = [...families, compared("c", sharp(0.92))];
    expect(said(three, "Sharpness")).toContain("those of c and gan, the blurriest those of vae");
  });

  it("names who reconstructs best", () => {
    const likeness = (value: number): Figures => ({ reconstruction: { value, error: 0.1 } });
    const families = [
      compared("gan", {}),
      compared("vae", likeness(21)),
      compared("vaegan", likeness(18)),
    ];
    expect(said(families, "Reconstruction")).toBe(
      "By likeness of reconstructions [dB] vae (21 ± 0.1) is best, before vaegan (18 ± 0.1).",
    );
  });

  it("names the cheapest, and calls equal what is within a tenth", () => {
    const families = [compared("gan", {}, 12, 50), compared("vae", {}, 3, 200)];
    expect(said(families, "Cost")).toBe(
      "vae (3 s per kimg) is the cheapest to train; gan takes 4 times as long. Fastest at drawing pictures: vae (200 a second), before gan (50 a second).",
    );
    const equal = [compared("gan", {}, 10.5), compared("vae", {}, 10)];
    expect(said(equal, "Cost")).toContain("All cost about the same to train");
  });

  it("says who is beaten in quality and cost at once", () => {
    const good = compared("gan", kid(0.02), 5);
    const bad = compared("vaegan", kid(0.06), 8);
    const cheap = compared("vae", kid(0.06), 2);
    expect(said([good, bad, cheap], "Quality for its cost")).toBe(
      "In both KID and time of training vaegan is beaten by gan; gan and vae are not beaten.",
    );
    expect(said([good, cheap], "Quality for its cost")).toContain("None of gan and vae is beaten");
  });

  it("warns of copies and of pictures that are alike", () => {
    const memorised = { memorised: { value: 0.4, error: 0.01 } };
    const diversity = { diversity: { value: 0.2, error: 0.01 } };
    const found = findings([compared("a", memorised), compared("b", diversity)]);
    expect(found.filter(({ warns }) => warns).map(({ topic }) => topic)).toEqual([
      "a copies training pictures",
      "b draws pictures that are alike",
    ]);
    expect(findings([compared("a", {}), compared("b", {})]).some(({ warns }) => warns)).toBe(false);
  });

  it("has nothing to compare in one family, and nothing to say of figures that are missing", () => {
    expect(findings([compared("vae", kid(0.1))]).map(({ topic }) => topic)).toEqual([
      "Nothing to compare",
    ]);
    const topics = findings([compared("a", kid(0.1)), compared("b", kid(0.1))]).map((f) => f.topic);
    expect(topics).not.toContain("Reconstruction");
    expect(topics).not.toContain("Quality and variety");
  });
});

describe("errors and tables", () => {
  it("takes the standard error from parts", () => {
    expect(figureOf(7, [1, 2, 3, 4, 5])).toEqual({ value: 7, error: Math.sqrt(2.5 / 5) });
  });

  it("measures the distance from what is best", () => {
    // 0.9 and 1.1 are equally far from 1.
    expect(isTie("density", { value: 0.8, error: 0.01 }, { value: 1.1, error: 0.01 })).toBe(false);
    expect(isTie("density", { value: 0.9, error: 0.001 }, { value: 1.1, error: 0.001 })).toBe(true);
    // All values up to that of unseen pictures are as good.
    expect(isTie("memorised", { value: 0.01, error: 0 }, { value: 0.05, error: 0 })).toBe(true);
    expect(ranking([compared("a", {})], "kernelDistance")).toBeUndefined();
  });

  it("marks the best values, none where all tie", () => {
    const families = [
      compared("r3gan", kid(0.02)),
      compared("vae", { ...kid(0.05), reconstruction: { value: 21.3, error: 0.2 } }),
    ];
    const lines = markdownTable(families, "mixed5").split("\n");
    expect(lines[0]).toBe("|  | r3gan | vae |  |");
    expect(lines[2]).toBe(
      "| KID-mixed5 | **0.02 ± 0.001** | 0.05 ± 0.001 | distance from the data, 0 is best |",
    );
    // A figure of one family only is not the best of anything.
    expect(lines[3]).toBe("| reconstruction |  | 21.3 ± 0.2 | dB, more is nearer |");
    const tie = [compared("a", kid(0.02)), compared("b", kid(0.02))];
    expect(markdownTable(tie, "mixed5")).not.toContain("**");
    expect(lines).toContain("| weights of E | none | none | encoder |");
    expect(comparisonRows(families, "mixed5")).toHaveLength(9);
  });
});
