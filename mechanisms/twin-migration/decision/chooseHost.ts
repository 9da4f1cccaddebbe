/**
 * When and where a vehicle moves its twin: the tuned greedy rule with hysteresis (mathematics/rules/rules.ts) on what
 * the vehicle itself can know, with what the market adds: a price, and the risk that a server fails.
 *
 * The cost of a server is in seconds of service:
 *
 *     service + (migration + price + risk)/τ + h_cloud      and for staying: service − h + 0.5 out of coverage
 *
 * - `price`: θD in seconds, at the weights of the objectives: (ω_cost/C_ref)/(ω_latency/L_ref).
 * - `risk`: (1/reputation − 1) L_max: how often the server is expected to fail before it does not, L_max lost each time.
 */
import { TUNED_RULE } from "../mathematics/rules/rules.ts";
import type { Instance } from "../mathematics/world/Instance.ts";
import type { Estimate } from "./estimates.ts";

/** A later candidate must be better by more than this. */
const TIE = 1e-9;
/** What being out of coverage costs who stays, s. */
const OUT_SECONDS = 0.5;
/** No migration is begun that is estimated to take more of the limit. */
const MOST_OF_LIMIT = 0.8;

/** The numbers of a vehicle's private rule. */
export interface VehicleRule {
  /** Bonus of staying, s. */
  readonly hysteresisSeconds: number;
  /** Over how long a migration is paid off, s. */
  readonly payoffSeconds: number;
  /** What a cloud costs, s. */
  readonly cloudSeconds: number;
  /** How much reputation counts: 1 as above, 0 not at all. */
  readonly caution: number;
}

/** The tuned rule. */
export const TUNED_VEHICLE: VehicleRule = {
  hysteresisSeconds: TUNED_RULE.h,
  payoffSeconds: TUNED_RULE.tau,
  cloudSeconds: TUNED_RULE.cloud_penalty,
  caution: 1,
};

/** A server that a vehicle can choose. */
export interface Choice {
  /** Its place among the servers. */
  readonly server: number;
  readonly estimate: Estimate;
  /** What it offers, $/MB. */
  readonly theta: number;
  /** In (0, 1). */
  readonly reputation: number;
}

/** What was decided, with what it is expected to cost, s. */
export interface Decision {
  /** The host, or −1 without one: it stays. */
  readonly server: number;
  readonly cost: number;
  /** What staying costs, s; infinite without a host. */
  readonly stayCost: number;
}

/**
 * Decides.
 *
 * @param stay - The present host, if there is one; `out` when the vehicle is out of its coverage.
 * @param others - Servers that have an offer with room.
 */
export function chooseHost(
  instance: Instance,
  rule: VehicleRule,
  megabytes: number,
  stay: { server: number; estimate: Estimate; out: boolean } | undefined,
  others: readonly Choice[],
): Decision {
  const { parameters: p } = instance;
  const mostSeconds = MOST_OF_LIMIT * p.migrationLimitSeconds;
  const stayCost =
    stay === undefined
      ? Number.POSITIVE_INFINITY
      : stay.estimate.serviceSeconds -
        rule.hysteresisSeconds +
        (stay.out ? OUT_SECONDS : 0) +
        (stay.server >= instance.edges ? rule.cloudSeconds : 0);
  let best = stay?.server ?? -1;
  let least = stayCost;
  for (const { server, estimate, theta, reputation } of others) {
    // Where there is no host any migration is better than none.
    if (stay !== undefined && estimate.migrationSeconds > mostSeconds) continue;
    const cloud = server >= instance.edges;
    // An edge server that does not cover the vehicle could not complete it.
    if (!cloud && estimate.metres > p.coverageMetres && stay !== undefined) continue;
    const price = theta * megabytes * secondsADollar(instance);
    const risk = rule.caution * (1 / reputation - 1) * p.migrationLimitSeconds;
    const once = estimate.migrationSeconds + price + risk;
    const cost = estimate.serviceSeconds + once / rule.payoffSeconds + (cloud ? rule.cloudSeconds : 0);
    if (!(cost < least - TIE)) continue;
    best = server;
    least = cost;
  }
  return { server: best, cost: least, stayCost };
}

/** Seconds that are worth a $, at the weights of the objectives. */
function secondsADollar({ parameters: { objectiveWeights }, references }: Instance): number {
  const [, , latency = 0, , cost = 0] = objectiveWeights;
  return cost / references.costReference / (latency / references.latencyReference);
}
