import { type BillingWord, setBilling } from "../../media/type/billing.ts";
import type { Face } from "../../media/type/face.ts";
import { type SetText, setTitle, type TextBox } from "../../media/type/lockup.ts";
import { type Layout, typeScale } from "./layouts.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";

/** What a poster says, checked and in capitals where it is set so. */
export interface Words {
  readonly title: string;
  /** Empty if there is none. */
  readonly tagline: string;
  readonly credits: readonly BillingWord[];
}

/** The fonts of a poster. */
export interface Faces {
  readonly display: Face;
  readonly serif: Face;
  readonly credits: Face;
}

/** The texts of a poster where a layout puts them. */
export interface Typeset {
  readonly title: SetText;
  readonly tagline?: SetText;
  readonly credits?: SetText;
}

/** Sizes and spaces on a page of 2:3 [units]. */
const MARGIN = 58;
const CREDITS = { largest: 33, smallest: 9, height: 128 };
const TAGLINE = { largest: 30, smallest: 10, height: 105 };
const TITLE = { largest: 420, smallest: 15 };

/**
 * Sets the words of a poster in a layout.
 *
 * @throws {ConfigError} if a text does not fit.
 */
export function typeset(page: Page, layout: Layout, words: Words, faces: Faces): Typeset {
  const unit = typeScale(page);
  const margin = MARGIN * unit;
  const { face, kind, tracking, zone, anchor, width } = layout.title;
  const column = { x: margin, width: PAGE_WIDTH - 2 * margin };
  const foot = page.tall - 0.8 * margin;
  const credits =
    words.credits.length === 0
      ? undefined
      : setBilling(
          faces.credits,
          words.credits,
          { ...column, y: foot - CREDITS.height * unit, height: CREDITS.height * unit },
          { largest: CREDITS.largest * unit, smallest: CREDITS.smallest * unit },
        );
  const gap = 26 * unit;
  const top = zone[0] * page.tall;
  const bottom = Math.min(
    zone[1] * page.tall,
    credits === undefined ? foot : credits.box.y - 1.5 * gap,
  );
  const tagline = (y: number): SetText =>
    setTitle("tagline", faces.credits, words.tagline, taglineBox(page, y), "top", {
      kind: "even",
      tracking: 0.14,
      leading: 0.75,
      smallest: TAGLINE.smallest * unit,
      largest: TAGLINE.largest * unit,
    });
  const height = words.tagline === "" ? 0 : tagline(0).box.height;
  const beside = words.tagline === "" || layout.tagline === "top" ? 0 : height + gap;
  const title = (y: number): SetText =>
    setTitle(
      "title",
      faces[face],
      words.title,
      {
        x: (PAGE_WIDTH * (1 - width)) / 2,
        width: PAGE_WIDTH * width,
        y,
        height: bottom - top - beside,
      },
      "top",
      {
        kind,
        tracking,
        leading: kind === "block" ? 0.13 : 0.42,
        smallest: TITLE.smallest * unit,
        largest: (face === "serif" ? 0.36 : 1) * TITLE.largest * unit,
      },
    );
  const free = bottom - top - beside - title(0).box.height;
  const start = top + { top: 0, middle: free / 2, bottom: free }[anchor];
  const set = title(layout.tagline === "above" ? start + beside : start);
  const taglineAt = {
    top: 0.042 * page.tall,
    above: start,
    below: set.box.y + set.box.height + gap,
  }[layout.tagline];
  return {
    title: set,
    ...(words.tagline === "" ? {} : { tagline: tagline(taglineAt) }),
    ...(credits === undefined ? {} : { credits }),
  };
}

function taglineBox(page: Page, y: number): TextBox {
  const width = 0.82 * PAGE_WIDTH;
  return { x: (PAGE_WIDTH - width) / 2, y, width, height: TAGLINE.height * typeScale(page) };
}
