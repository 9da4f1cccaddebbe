/** Numbers in [−1, 1) of a linear congruential generator (Numerical Recipes): the same everywhere. */
export function seededFloats(count: number, seed: number): Float32Array {
  let x = Math.imul(seed + 1, 0x9e3779b9) | 0;
  return Float32Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    return x / 2 ** 31;
  });
}
