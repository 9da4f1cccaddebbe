/**
 * Queues of a server: M/M/s with non-preemptive priorities (Cobham 1954), W_k = [C/(sμ)]/((1 − σ_{k−1})(1 − σ_k)), on top
 * of a backlog. The paper's formula has unit s² and no priorities; a load of 1 or more has no stationary law, so Cobham
 * is clipped and what is over goes into the backlog.
 */

/** Loads above it are scaled down to it. */
export const MOST_LOAD = 0.95;

/**
 * Waits of each class by Cobham, s.
 *
 * @param arrivals - λ of each class, 1/s, the highest class first; those of the queue are `classes` entries from `at` on.
 * @param serviceRate - μ of one core, 1/s.
 * @param waits - Written from `at` on.
 * @returns C: the probability of waiting, after clipping.
 */
export function cobhamWaits(
  arrivals: ArrayLike<number>,
  at: number,
  classes: number,
  serviceRate: number,
  cores: number,
  mostLoad: number,
  waits: Float64Array,
): number {
  const total = cores * serviceRate;
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += arrivals[at + k]!;
  const rho = sum / total;
  const scale = rho > mostLoad ? mostLoad / rho : 1;
  const C = erlangC(cores, (sum * scale) / serviceRate);
  let before = 0;
  for (let k = 0; k < classes; k++) {
    const upTo = before + (arrivals[at + k]! * scale) / total;
    waits[at + k] = C / total / ((1 - before) * (1 - upTo));
    before = upTo;
  }
  return C;
}

/** Erlang's C: the probability of waiting with s cores and an offered load of `a` < s. */
export function erlangC(cores: number, a: number): number {
  let B = 1;
  for (let n = 1; n <= cores; n++) B = (a * B) / (n + a * B);
  return (cores * B) / (cores - a * (1 - B));
}

/** What a step does to a backlog, cycles. */
export interface BacklogStep {
  done: number;
  dropped: number;
}

/**
 * Serves a backlog for a step: the highest class first, then drops what is more than the buffer holds, the lowest class
 * first.
 *
 * @param backlog - Cycles of `classes` classes from `at` on, with what arrived; written.
 * @param capacity - s f, cycles/s.
 * @param into - Written and returned.
 */
export function serveBacklog(
  backlog: Float64Array,
  at: number,
  classes: number,
  capacity: number,
  stepSeconds: number,
  bufferSeconds: number,
  into: BacklogStep,
): BacklogStep {
  let left = capacity * stepSeconds;
  into.done = 0;
  for (let k = at; k < at + classes; k++) {
    const served = Math.min(backlog[k]!, left);
    backlog[k]! -= served;
    left -= served;
    into.done += served;
  }
  let over = -bufferSeconds * capacity;
  for (let k = at; k < at + classes; k++) over += backlog[k]!;
  into.dropped = 0;
  for (let k = at + classes - 1; k >= at && over > 0; k--) {
    const dropped = Math.min(backlog[k]!, over);
    backlog[k]! -= dropped;
    over -= dropped;
    into.dropped += dropped;
  }
  return into;
}

/** The paper's formula ρ L_q / (μ (sμ − λ)), unit s²: for comparison only. */
export function printedWait(rho: number, queued: number, mu: number, cores: number, lambda: number): number {
  return (rho * queued) / (mu * (cores * mu - lambda));
}
