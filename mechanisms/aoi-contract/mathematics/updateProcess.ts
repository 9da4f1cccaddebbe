/**
 * A simulator of a worker's update cycle, against which the closed forms of `freshness.ts` are tested. It knows the
 * process, not the formulas.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", Section III-A:
 * - a cycle is c periods of collecting, then a periods of idling;
 * - data are cached when their collection ends; a request during collection waits for that, any other takes the cache;
 * - serving takes one period; requests arrive at the start of a period.
 *
 * | symbol | identifier          | meaning                             |
 * | ------ | ------------------- | ----------------------------------- |
 * | c, a   | `collectionPeriods`, `idlePeriods` | phases, whole periods |
 * | t      | `periodSeconds`     | seconds a period                    |
 * | z, l   | `arrival`           | period of the cycle a request arrives in, from 0 |
 */
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { UpdateCycle } from "./freshness.ts";

/** What one request experienced, seconds. */
export interface ServedRequest {
  /** From the request to its answer. */
  latencySeconds: number;
  /** Age of the data at the answer, from the end of their collection. */
  ageSeconds: number;
}

/** Mean experience of all requests, seconds. */
export interface ObservedFreshness {
  meanAgeSeconds: number;
  meanLatencySeconds: number;
  requests: number;
}

/**
 * Runs the process period by period with one request arriving at the start of each period of a cycle.
 *
 * @returns One entry an arrival period, from 0.
 */
export function serveRequests({
  collectionPeriods,
  idlePeriods,
  periodSeconds,
}: UpdateCycle): ServedRequest[] {
  const length = collectionPeriods + idlePeriods;
  const served: ServedRequest[] = [];
  // The cycle before this one has left its data in the cache.
  let cachedAt = collectionPeriods - length;
  const answer = (now: number, arrivals: number) => {
    for (let arrival = served.length; arrival < arrivals; arrival++) {
      served.push({
        latencySeconds: (now + 1 - arrival) * periodSeconds,
        ageSeconds: (now + 1 - cachedAt) * periodSeconds,
      });
    }
  };
  for (let now = 0; served.length < length; now++) {
    if (now % length === collectionPeriods % length) {
      cachedAt = now;
      // Those who waited take it at once, even if the next collection starts now because there is no idle phase.
      answer(now, Math.min(now, length));
    }
    const collecting = now % length < collectionPeriods;
    if (!collecting) answer(now, Math.min(now + 1, length));
  }
  return served;
}

/**
 * Averages over requests: one at every period of the cycle, or `requests` at random periods.
 *
 * @example
 * observeFreshness({ collectionPeriods: 5, idlePeriods: 5, periodSeconds: 2 });
 * // { meanAgeSeconds: 4, meanLatencySeconds: 5, requests: 10 }
 */
export function observeFreshness(
  cycle: UpdateCycle,
  random?: { source: RandomSource; requests: number },
): ObservedFreshness {
  const served = serveRequests(cycle);
  const requests = random?.requests ?? served.length;
  let [age, latency] = [0, 0];
  for (let index = 0; index < requests; index++) {
    const request = served[random?.source.integer(served.length) ?? index]!;
    age += request.ageSeconds;
    latency += request.latencySeconds;
  }
  return { meanAgeSeconds: age / requests, meanLatencySeconds: latency / requests, requests };
}
