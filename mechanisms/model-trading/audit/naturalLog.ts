/** Units of a token's 10^-18, in which ln1p takes its argument. */
const ONE = 10n ** 18n;
/** ⌊ln 2 · 2^128⌋. */
const LN2 = 0xb17217f7d1cf79abc9e3b39803f2f6afn;

/**
 * ln(1 + x) in fixed point, bit for bit as the chain has it (NaturalLog.sol), whose result is below the exact value by
 * less than 2^-66 of it. With 1 + x = 2^k · m and m in [1, 2), it is k ln 2 + 2 artanh z with z = (m − 1)/(m + 1); the
 * powers of z are summed until they are nothing. Every quotient is rounded down.
 *
 * @param x - In units of 10^-18, from 0 to below 2^127.
 * @returns In units of 2^-128.
 *
 * @example
 * Number(ln1p(10n ** 18n)) / 2 ** 128; // 0.6931471805599453
 */
export function ln1p(x: bigint): bigint {
  const whole = x + ONE;
  let k = 0n;
  while (whole >> (k + 1n) >= ONE) k++;
  // Both sides times 10^18: m − 1 and m + 1 of the same unit as `whole`.
  const power = ONE << k;
  const z = ((whole - power) << 128n) / (whole + power);
  const square = (z * z) >> 128n;
  let sum = 0n;
  for (let n = 1n, term = z; term > 0n; n += 2n, term = (term * square) >> 128n) sum += term / n;
  return k * LN2 + 2n * sum;
}
