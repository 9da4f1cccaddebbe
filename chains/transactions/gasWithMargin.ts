/** How much gas a transaction gets: block times and neighbours' transactions move its cost between estimate and block. */
export function gasWithMargin(estimate: bigint): bigint {
  return estimate + estimate / 4n + 20_000n;
}
