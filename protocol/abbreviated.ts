import { BaseError } from "./BaseError.ts";

/** What people write in hexadecimal digits. */
export interface HexKind {
  /** With its article. */
  readonly words: string;
  /** Hexadecimal digits of a whole one. */
  readonly digits: number;
  /** Code of the error for what is none. */
  readonly code: string;
}

export const ADDRESS: HexKind = { words: "an address", digits: 40, code: "NOT_AN_ADDRESS" };
export const MESSAGE_ID: HexKind = { words: "a message id", digits: 64, code: "NOT_A_MESSAGE_ID" };

/** How many of several are listed. */
const MOST_LISTED = 5;

/** What is written, taken apart. */
interface Written {
  isWhole: boolean;
  begins: string;
  ends: string;
}

/**
 * The one of several that is meant by what a person wrote: it whole, its beginning, or as tables print it, beginning and
 * end around an ellipsis. The one place where what commands print abbreviated is read again.
 *
 * @returns undefined when none of them is meant.
 * @throws the kind's code when nothing of the kind is written so; `AMBIGUOUS` when several of them are.
 *
 * @example
 * oneMeant("0xD937…cEb8", ADDRESS, workers); // "0xD9372f…A1cEb8"
 */
export function oneMeant(written: string, kind: HexKind, all: readonly string[]): string | undefined {
  const { isWhole, begins, ends } = readHex(written, kind);
  const meant = [...new Set(all)].filter((one) => {
    const lower = one.toLowerCase();
    return isWhole ? lower === begins : lower.startsWith(begins) && lower.endsWith(ends);
  });
  if (meant.length < 2) return meant[0];
  const listed = meant.slice(0, MOST_LISTED).join(", ");
  throw new BaseError("AMBIGUOUS", `${written} can be ${meant.length} different ones.`, {
    details: meant.length > MOST_LISTED ? `${listed}, and ${meant.length - MOST_LISTED} more.` : `${listed}.`,
    next: "Give more of its digits.",
  });
}

/** Whether all digits are written. @throws as `oneMeant` for what is none of the kind. */
export function isWhole(written: string, kind: HexKind): boolean {
  return readHex(written, kind).isWhole;
}

function readHex(written: string, { words, digits, code }: HexKind): Written {
  const [, begins, ellipsis, ends = ""] =
    /^(0x[0-9a-f]+)(?:(…|\.{2,3})([0-9a-f]*))?$/.exec(written.toLowerCase()) ?? [];
  const count = begins === undefined ? 0 : begins.length - 2 + ends.length;
  if (begins !== undefined && (count < digits || (count === digits && ellipsis === undefined))) {
    return { isWhole: count === digits, begins, ends };
  }
  throw new BaseError(code, `${JSON.stringify(written)} is not ${words}.`, {
    details: `That is 0x and ${digits} hexadecimal digits. Its first digits will do if no other one begins with them, or its beginning and end as tables print it: 0xD937…cEb8.`,
  });
}
