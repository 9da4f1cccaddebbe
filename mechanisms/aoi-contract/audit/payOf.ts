/** What {@link payOf} needs. */
export interface PayOfParameters {
  /** R of the chosen item and B, wei. */
  reward: bigint;
  bonus: bigint;
  /** Seconds covered, of an epoch of T seconds. */
  coveredSeconds: bigint;
  epochSeconds: bigint;
  /** Rounds whose aggregate took the worker's update, of the rounds that count. */
  acceptedRounds: bigint;
  rounds: bigint;
}

/**
 * What a worker has earned, wei: ⌊R·min(covered, T)·min(accepted, rounds) / (T·rounds)⌋,
 * and B on top when both shares are whole. Nothing when no round counts.
 *
 * @example
 * payOf({ reward: 1003n, bonus: 7n, coveredSeconds: 239n, epochSeconds: 300n, acceptedRounds: 2n, rounds: 2n }); // 799n
 */
export function payOf(parameters: PayOfParameters): bigint {
  const { reward, bonus, coveredSeconds, epochSeconds, acceptedRounds, rounds } = parameters;
  if (rounds === 0n) return 0n;
  const covered = atMost(coveredSeconds, epochSeconds);
  const accepted = atMost(acceptedRounds, rounds);
  const whole = epochSeconds * rounds;
  // Of non-negative bigints, division rounds down.
  const earned = (reward * covered * accepted) / whole;
  return covered * accepted === whole ? earned + bonus : earned;
}

function atMost(value: bigint, most: bigint): bigint {
  if (value > most) return most;
  return value;
}
