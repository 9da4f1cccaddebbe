/**
 * Whether an MU serves all MSPs whatever they pay, as in the paper's Problem 1 (`mandatory`), or may stay away from
 * each (`rational`).
 */
export type Participation = "mandatory" | "rational";

/** An MSP whose u is below 2F by more than this share is in no best set. */
const JOINING = 2 * (1 - 1e-9);

/**
 * Whether an MSP can be in a rational MU's best set: what it adds is at most (τ/2)·u·(u − 2F), so only from u = 2F on.
 *
 * @param offer - u = √(p I), √(currency/s).
 * @param threshold - F, √(currency/s).
 */
export function mayJoin(offer: number, threshold: number): boolean {
  return offer > 0 && offer >= JOINING * threshold;
}
