import { BaseError } from "../protocol/BaseError.ts";

/** An exact fraction, or what one is made from: a whole number, a decimal or "p/q". */
export type RationalInput = Rational | bigint | number | string;

/** Longer text is refused rather than parsed: a wei amount has at most 78 digits. */
const MOST_CHARACTERS = 1000;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * An exact rational number on bigints, in lowest terms. A `number` is read as the decimal it prints as, so 0.7 is
 * exactly 7/10.
 *
 * @throws BaseError `NOT_A_NUMBER` for text that is none, `DIVISION_BY_ZERO`.
 *
 * @example
 * Rational.from("0.7").times(10n).ceil(); // 7n
 * Rational.from("2/6").toString(); // "1/3"
 */
export class Rational {
  readonly numerator: bigint;
  /** Always positive. */
  readonly denominator: bigint;

  constructor(numerator: bigint, denominator = 1n) {
    if (denominator === 0n) throw new BaseError("DIVISION_BY_ZERO", "division by zero");
    const divisor = gcd(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    this.numerator = numerator / divisor;
    this.denominator = denominator / divisor;
  }

  static from(input: RationalInput): Rational {
    if (input instanceof Rational) return input;
    if (typeof input === "bigint") return new Rational(input);
    const text = String(input).trim();
    const [above, below, ...rest] = text.split("/");
    if (rest.length > 0 || text.length > MOST_CHARACTERS) throw notANumber(input);
    const numerator = parseDecimal(above!, input);
    return below === undefined ? numerator : numerator.dividedBy(parseDecimal(below, input));
  }

  plus(other: RationalInput): Rational {
    const b = Rational.from(other);
    return new Rational(
      this.numerator * b.denominator + b.numerator * this.denominator,
      this.denominator * b.denominator,
    );
  }

  minus(other: RationalInput): Rational {
    const b = Rational.from(other);
    return this.plus(new Rational(-b.numerator, b.denominator));
  }

  times(other: RationalInput): Rational {
    const b = Rational.from(other);
    return new Rational(this.numerator * b.numerator, this.denominator * b.denominator);
  }

  dividedBy(other: RationalInput): Rational {
    const b = Rational.from(other);
    return new Rational(this.numerator * b.denominator, this.denominator * b.numerator);
  }

  /** Negative, zero or positive as this is less than, equal to or greater than the other. */
  compare(other: RationalInput): number {
    const b = Rational.from(other);
    const difference = this.numerator * b.denominator - b.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** The greatest whole number not above this. */
  floor(): bigint {
    return -new Rational(-this.numerator, this.denominator).ceil();
  }

  /** The least whole number not below this. */
  ceil(): bigint {
    const floor = this.numerator / this.denominator;
    return floor * this.denominator < this.numerator ? floor + 1n : floor;
  }

  /** The nearest floating-point number, or nearly so. */
  toNumber(): number {
    const whole = this.numerator / this.denominator;
    const rest = this.numerator % this.denominator;
    return Number(whole) + Number((rest << 1000n) / this.denominator) * 2 ** -1000;
  }

  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }
}

function parseDecimal(text: string, input: RationalInput): Rational {
  const match = DECIMAL.exec(text.trim());
  if (match === null) throw notANumber(input);
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const shift = Number(exponent) - fraction.length;
  return shift >= 0
    ? new Rational(digits * 10n ** BigInt(shift))
    : new Rational(digits, 10n ** BigInt(-shift));
}

function notANumber(input: RationalInput): BaseError {
  return new BaseError("NOT_A_NUMBER", `not a number: ${String(input).slice(0, 60)}`, {
    next: 'Write a whole number, a decimal such as "0.75" or a fraction such as "3/4".',
  });
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
