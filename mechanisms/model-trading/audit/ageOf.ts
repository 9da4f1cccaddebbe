/** A sale on a clock of its own, ms: when the update was begun, and when it was there. */
export interface TimedSale {
  begunMs: number;
  receivedMs: number;
}

/** A round's opening, as it is on the trade's clock. */
export interface TradedRound {
  round: number;
  /** On the main chain, Unix seconds. */
  openedAt: number;
}

/**
 * The trade's clock: round 0 opens at 0, and every other its distance from the one before later, but no more than τ. So
 * nobody's models age because a round is opened late.
 *
 * @returns v_r, ms, by round.
 */
export function tradeClock(rounds: readonly TradedRound[], periodMs: number): ReadonlyMap<number, number> {
  const clock = new Map<number, number>();
  let time = 0;
  for (const [i, { round, openedAt }] of rounds.entries()) {
    const before = rounds[i - 1];
    if (before !== undefined) time += Math.min(periodMs, Math.max(0, openedAt - before.openedAt) * 1000);
    clock.set(round, time);
  }
  return clock;
}

/**
 * How old a buyer's newest model of a worker was, from its first sale to its last: between two sales its age grows from
 * t_r − s_r to t_{r+1} − s_r, so twice the area below it is the difference of their squares. A sale that is dated before
 * the one before it counts as made with that.
 *
 * @param sales - In the order of the chain.
 *
 * @example
 * ageOf([{ begunMs: 0, receivedMs: 100 }, { begunMs: 1000, receivedMs: 1100 }]);
 * // { spanMs: 1000, ageMs2: 1200000n, firstDelayMs: 100 }
 */
export function ageOf(sales: readonly TimedSale[]): { spanMs: number; ageMs2: bigint; firstDelayMs: number } {
  const [first] = sales;
  if (first === undefined) return { spanMs: 0, ageMs2: 0n, firstDelayMs: 0 };
  let last = first;
  let area = 0n;
  for (const sale of sales.slice(1)) {
    const receivedMs = Math.max(sale.receivedMs, last.receivedMs);
    const [young, old] = [last.receivedMs - last.begunMs, receivedMs - last.begunMs].map(BigInt);
    area += old! * old! - young! * young!;
    last = { begunMs: sale.begunMs, receivedMs };
  }
  return {
    spanMs: last.receivedMs - first.receivedMs,
    ageMs2: area,
    firstDelayMs: first.receivedMs - first.begunMs,
  };
}
