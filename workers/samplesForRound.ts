import type { Dataset } from "../learning/datasets/Dataset.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import type { RefreshSchedule } from "../mechanisms/MechanismWorker.ts";
import { roundTime } from "../protocol/roundTimes.ts";
import { type EpochTimes, samplesCollected } from "./streamSchedule.ts";

/**
 * The newest samples of a worker's stream that it has by the last refresh due when a
 * round can begin: what a device trains on, and with a stream of what may leave the
 * device, what was synchronized to its twin.
 *
 * @param schedule - When the worker refreshes.
 * @param most - Samples to take at the most.
 */
export function samplesForRound(
  stream: Dataset,
  {
    times,
    schedule,
    round,
    most,
  }: { times: EpochTimes; schedule: RefreshSchedule; round: number; most: number },
): Dataset {
  const last = schedule.lastBy(roundTime(times, round));
  return newestSamples(stream, most, samplesCollected(stream.labels.length, schedule.count, last));
}
