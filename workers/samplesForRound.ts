import type { Dataset } from "../learning/datasets/Dataset.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { type EpochTimes, lastRefreshBefore, refreshTimes, samplesCollected } from "./streamSchedule.ts";

/**
 * The newest samples of a worker's stream that it has by the last refresh due when a
 * round can begin: what a device trains on, and with a stream of what may leave the
 * device, what was synchronized to its twin.
 *
 * @param period - θ of the worker's item, seconds.
 * @param most - Samples to take at the most.
 */
export function samplesForRound(
  stream: Dataset,
  { times, period, round, most }: { times: EpochTimes; period: number; round: number; most: number },
): Dataset {
  const refreshes = refreshTimes(times, period).length;
  const last = lastRefreshBefore(times, period, round);
  return newestSamples(stream, most, samplesCollected(stream.labels.length, refreshes, last));
}
