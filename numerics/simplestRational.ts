import { BaseError } from "../protocol/BaseError.ts";
import { Rational } from "./Rational.ts";

/**
 * The fraction with the least denominator among all that a `number` is the nearest to: what was meant by it, be it
 * written as a decimal or computed as a quotient. A decimal with up to seven digits is itself, and so is any fraction
 * whose denominator is below 2^26: two of them are never so near to each other.
 *
 * @param value - Finite, ≥ 0.
 * @throws BaseError `NOT_A_NUMBER` for any other.
 *
 * @example
 * simplestRational(0.29); // 29/100
 * simplestRational(0.6666666666666666); // 2/3
 */
export function simplestRational(value: number): Rational {
  if (!Number.isFinite(value) || value < 0) {
    throw new BaseError("NOT_A_NUMBER", `not a finite number of at least 0: ${value}`);
  }
  if (Number.isInteger(value)) return new Rational(BigInt(value));
  const [mantissa, exponent] = parts(value);
  // Halfway to the neighbours; the one below a power of two is half as far away.
  const below = mantissa === 2n ** 52n ? 4n * mantissa - 1n : 4n * mantissa - 2n;
  const above = 4n * mantissa + 2n;
  // What is no whole number is below 2^52, so the exponent is negative.
  const denominator = 2n ** BigInt(2 - exponent);
  return between(below, above, denominator);
}

/** mantissa · 2^exponent. */
function parts(value: number): [mantissa: bigint, exponent: number] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number(word >> 52n);
  const fraction = word & (2n ** 52n - 1n);
  return biased === 0 ? [fraction, -1074] : [fraction + 2n ** 52n, biased - 1075];
}

/** The simplest fraction from `below` to `above`, both over `denominator`: by continued fractions. */
function between(below: bigint, above: bigint, denominator: bigint): Rational {
  let [a, b, c, d] = [below, denominator, above, denominator];
  const quotients: bigint[] = [];
  for (;;) {
    const whole = a / b;
    const least = whole * b === a ? whole : whole + 1n;
    if (least * d <= c) {
      quotients.push(least);
      break;
    }
    quotients.push(whole);
    [a, b, c, d] = [d, c - whole * d, b, a - whole * b];
  }
  return quotients.reduceRight<Rational | undefined>(
    (rest, quotient) =>
      rest === undefined ? new Rational(quotient) : new Rational(1n).dividedBy(rest).plus(quotient),
    undefined,
  )!;
}
