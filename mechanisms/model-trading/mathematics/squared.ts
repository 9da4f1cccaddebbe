/** x², with one rounding: x ** 2 may have others in another engine. */
export function squared(x: number): number {
  return x * x;
}
