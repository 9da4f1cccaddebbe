/** What becomes of migrations. The paper speaks of a success rate without saying what success is: ours is below. */

/** Why a request failed, or `ok`; of several reasons the first in the order of `Reason`. */
export type Reason = "ok" | "rejected" | "limits" | "server" | "coverage";

/** Everything that the outcome of a migration depends on. */
export interface Attempt {
  readonly seconds: number;
  readonly joules: number;
  readonly price: number;
  /** The draw of the server's failure, in [0, 1). */
  readonly draw: number;
  readonly toCloud: boolean;
  /** Distance to the target when the migration ends, m; for edges. */
  readonly endMetres: number;
}

/** Limits of success; that of the price is scaled already. */
export interface Limits {
  readonly migrationLimitSeconds: number;
  readonly energyLimitJoules: number;
  readonly priceLimit: number;
  readonly edgeReliability: number;
  readonly cloudReliability: number;
  readonly coverageMetres: number;
}

/** Whether latency, energy and price are within their limits (C5–C7). */
export function withinLimits(seconds: number, joules: number, price: number, limits: Limits): boolean {
  return (
    seconds <= limits.migrationLimitSeconds &&
    joules <= limits.energyLimitJoules &&
    price <= limits.priceLimit
  );
}

/** Whether the server did not fail. @param draw - In [0, 1). */
export function serverHeld(draw: number, toCloud: boolean, limits: Limits): boolean {
  return draw < (toCloud ? limits.cloudReliability : limits.edgeReliability);
}

/** The outcome of an admitted request. */
export function outcomeOf(attempt: Attempt, limits: Limits): Reason {
  if (!withinLimits(attempt.seconds, attempt.joules, attempt.price, limits)) return "limits";
  if (!serverHeld(attempt.draw, attempt.toCloud, limits)) return "server";
  return attempt.toCloud || attempt.endMetres <= limits.coverageMetres ? "ok" : "coverage";
}

/** Steps that a migration takes: it holds the vehicle at most for the limit. */
export function lockSteps(seconds: number, limitSeconds: number, stepSeconds: number): number {
  return Math.ceil(Math.min(seconds, limitSeconds) / stepSeconds);
}

/** Migration success rate: successes/(attempts + missed); null for 0/0. */
export function successRate(attempts: number, successes: number, missed: number): number | null {
  return attempts + missed === 0 ? null : successes / (attempts + missed);
}
