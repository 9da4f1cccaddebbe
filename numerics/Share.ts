import { z } from "zod";
import { BaseError } from "../protocol/BaseError.ts";
import { Rational } from "./Rational.ts";
import { simplestRational } from "./simplestRational.ts";

/**
 * A share of something, as people write it: a number such as 0.29, or a text such as "0.29" or "2/3".
 *
 * @example
 * const third: Share = "1/3";
 */
export type Share = number | string;

/** Parts of a whole on chain. */
export const BILLION = 1_000_000_000;

/** A decimal or a fraction, short enough to be read by people. */
const TEXT = /^\d{1,20}(\.\d{1,20})?(\/[1-9]\d{0,19})?$/;

/**
 * The schema of a {@link Share}; it stays as it was written.
 *
 * @param ends - Whether 0 and 1 are shares too.
 */
export function shareSchema({ zero, one }: { zero: boolean; one: boolean }) {
  const number = z.number();
  const above = zero ? number.gte(0) : number.gt(0);
  const range = `${zero ? "≥" : ">"} 0 and ${one ? "≤" : "<"} 1`;
  const error = `a share is ${range}, a number such as 0.29 or a text such as "2/3"`;
  const text = z
    .string()
    .regex(TEXT, { abort: true })
    .refine((share) => isWithin(exactShare(share), { zero, one }), { error });
  return z.union([one ? above.lte(1) : above.lt(1), text], { error });
}

/**
 * A share as an exact fraction: a text as it says, a number as the simplest fraction that it can stand for
 * (`simplestRational`), so that 0.29 is 29/100 and 0.6666666666666666 is 2/3, while 0.6667 is more than 2/3.
 *
 * @throws BaseError `NOT_A_NUMBER`.
 */
export function exactShare(share: Share): Rational {
  if (typeof share === "number") return simplestRational(share);
  if (TEXT.test(share)) return Rational.from(share);
  throw new BaseError("NOT_A_NUMBER", `not a share: ${share.slice(0, 60)}`, {
    next: 'Write a decimal such as "0.75" or a fraction such as "3/4".',
  });
}

/**
 * ⌊share · count⌋, exact.
 *
 * @example
 * shareOf(0.29, 100); // 29, where Math.floor(0.29 * 100) is 28
 */
export function shareOf(share: Share, count: number): number {
  return Number(exactShare(share).times(BigInt(count)).floor());
}

/** ⌊10⁹ · share⌋: a share as chains hold it. */
export function billionths(share: Rational): number {
  return Number(share.times(BILLION).floor());
}

function isWithin(share: Rational, { zero, one }: { zero: boolean; one: boolean }): boolean {
  const [above, below] = [share.compare(0n), share.compare(1n)];
  return (zero ? above >= 0 : above > 0) && (one ? below <= 0 : below < 0);
}
