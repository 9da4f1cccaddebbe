/** base^exponent by squaring, for a whole exponent: `Math.pow` rounds differently on different machines. */
export function wholePower(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}
