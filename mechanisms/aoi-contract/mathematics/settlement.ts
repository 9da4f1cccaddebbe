/**
 * What a worker is paid for an epoch: its item's reward times the share of time its data were fresh.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", Section III-A: an item promises an update every θ
 * seconds. The paper pays R whatever was delivered; this formula, our own, makes the promise worth keeping.
 *
 * | symbol    | identifier      | meaning                                                  |
 * | --------- | --------------- | -------------------------------------------------------- |
 * | s         | `startSeconds`  | block time at which the epoch starts                     |
 * | T         | `epochSeconds`  | its length; K_n θ_n when the item has whole updates      |
 * | θ_n       | `periodSeconds` | an update is fresh for so long                           |
 * | τ_1 … τ_k | `commitSeconds` | block times of the accepted commits                      |
 * | R_n, B    | `reward`, `bonus` | wei an epoch; wei on top for complete coverage         |
 *
 * covered = Σ_j min(τ_{j+1} − τ_j, θ) with τ_{k+1} = s + T, and pay = ⌊R·covered/T⌋ + B·[covered = T]: a late
 * update loses its lateness, a missed one at most θ, and a burst earns nothing.
 */
import { ContractError } from "./ContractError.ts";

/** An epoch of one worker. All times are block times or durations in whole seconds. */
export interface Epoch {
  startSeconds: bigint;
  epochSeconds: bigint;
  periodSeconds: bigint;
  /** In any order; commits outside [start, start + epoch) do not count, nor do repeated ones. */
  commitSeconds: readonly bigint[];
}

/** What is paid for an epoch. */
export interface Price {
  /** R, wei. */
  reward: bigint;
  /** B, wei, the same for all items. Default: 0. */
  bonus?: bigint;
}

/** A settled epoch. */
export interface Settlement {
  /** Seconds during which the newest update was younger than θ. */
  covered: bigint;
  /** Wei. */
  pay: bigint;
  /** Mean age of the newest update over the epoch, seconds; before the first, the age since the start. */
  meanAgeSeconds: number;
}

/**
 * Pays for time covered.
 *
 * @throws ContractError `PARAM` unless the durations are positive and the money is not negative.
 *
 * @example
 * settleCoverage(
 *   { startSeconds: 1000n, epochSeconds: 300n, periodSeconds: 60n, commitSeconds: [1000n, 1075n, 1180n, 1241n] },
 *   { reward: 1003n, bonus: 7n },
 * ); // { covered: 239n, pay: 799n, meanAgeSeconds: 39.75333… }
 */
export function settleCoverage(epoch: Epoch, price: Price): Settlement {
  check(epoch, price);
  const { startSeconds, epochSeconds, periodSeconds } = epoch;
  const end = startSeconds + epochSeconds;
  const commits = acceptedCommits(epoch);
  let covered = 0n;
  // Twice the integral of the age: it grows from 0 at every commit, and from the start until the first.
  let area = (commits[0] ?? end) - startSeconds;
  area *= area;
  for (const [j, commit] of commits.entries()) {
    const gap = (commits[j + 1] ?? end) - commit;
    covered += gap;
    // Past θ the update is stale.
    if (gap > periodSeconds) covered -= gap - periodSeconds;
    area += gap * gap;
  }
  const bonus = covered === epochSeconds ? (price.bonus ?? 0n) : 0n;
  return {
    covered,
    pay: (price.reward * covered) / epochSeconds + bonus,
    meanAgeSeconds: Number(area) / Number(2n * epochSeconds),
  };
}

/** An epoch settled by windows. */
export interface WindowSettlement {
  /** Windows with an update. */
  hits: number;
  /** Indices, from 0, of the windows without. */
  missed: number[];
  /** Wei. */
  pay: bigint;
}

/**
 * The coarser alternative: the epoch is K windows of θ seconds, each of which wants one commit of its own, at most
 * `graceSeconds` after its end. Every window takes the earliest commit that is left for it; pay = ⌊R·hits/K⌋, plus B
 * if all were hit. It loses a whole θ for a late update and pays for two neighbouring ones, so coverage is better.
 *
 * @throws ContractError `PARAM` unless the epoch is a whole number of periods.
 *
 * @example
 * settleWindows(
 *   { startSeconds: 1000n, epochSeconds: 300n, periodSeconds: 60n, commitSeconds: [1010n, 1062n, 1119n, 1190n] },
 *   { reward: 1003n },
 *   5n,
 * ); // { hits: 3, missed: [2, 4], pay: 601n }
 */
export function settleWindows(epoch: Epoch, price: Price, graceSeconds = 0n): WindowSettlement {
  check(epoch, price);
  const { startSeconds, epochSeconds, periodSeconds } = epoch;
  if (epochSeconds % periodSeconds !== 0n) {
    throw new ContractError("PARAM", "windows need an epoch of whole periods", {
      details: `${epochSeconds} s is no multiple of ${periodSeconds} s.`,
    });
  }
  if (graceSeconds < 0n) throw new ContractError("PARAM", "grace out of range");
  const count = Number(epochSeconds / periodSeconds);
  // A commit in the last window's grace still counts for it.
  const commits = acceptedCommits({ ...epoch, epochSeconds: epochSeconds + graceSeconds });
  const missed: number[] = [];
  let next = 0;
  for (let window = 0; window < count; window++) {
    const opens = startSeconds + BigInt(window) * periodSeconds;
    while (next < commits.length && commits[next]! < opens) next++;
    if (next < commits.length && commits[next]! < opens + periodSeconds + graceSeconds) next++;
    else missed.push(window);
  }
  const hits = count - missed.length;
  const bonus = missed.length === 0 ? (price.bonus ?? 0n) : 0n;
  return { hits, missed, pay: (price.reward * BigInt(hits)) / BigInt(count) + bonus };
}

/** The distinct commits inside the epoch, in order. */
function acceptedCommits({ startSeconds, epochSeconds, commitSeconds }: Epoch): bigint[] {
  const inside = commitSeconds.filter((time) => time >= startSeconds && time < startSeconds + epochSeconds);
  return [...new Set(inside)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function check({ epochSeconds, periodSeconds }: Epoch, { reward, bonus = 0n }: Price): void {
  if (epochSeconds <= 0n) throw new ContractError("PARAM", "the epoch must last at least a second");
  if (periodSeconds <= 0n) throw new ContractError("PARAM", "theta must be at least a second");
  if (reward < 0n) throw new ContractError("PARAM", "R out of range");
  if (bonus < 0n) throw new ContractError("PARAM", "bonus out of range");
}
