/**
 * P(|T| ≥ t) of Student's distribution with a whole number of degrees of freedom, by its finite sums (Abramowitz and
 * Stegun 1964, 26.7.3 and 26.7.4). Right to about 10^-15, absolutely.
 *
 * @param t - ≥ 0.
 * @param freedom - ≥ 1.
 *
 * @example
 * studentTTail(2.776, 4); // 0.05
 */
export function studentTTail(t: number, freedom: number): number {
  const angle = Math.atan2(t, Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.max(0, 1 - within);
}
