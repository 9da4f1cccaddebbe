import { type BehaviourSpec, behaviourOf } from "../../learning/federated/behaviours/behaviourSpec.ts";
import type { RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";

/**
 * When a client refreshes its data: as the schedule says, or of a lazy client so large a share of that, spread evenly
 * from the first on, and each so much later.
 *
 * @param end - What would come from then on does not come; Unix seconds.
 */
export function lazySchedule(
  schedule: RefreshSchedule,
  behaviours: readonly BehaviourSpec[],
  end: number,
): RefreshSchedule {
  const lazy = behaviourOf(behaviours, "lazy");
  if (lazy === undefined || (lazy.refreshes === 1 && lazy.lateness === 0)) return schedule;
  const { refreshes: share, lateness } = lazy;
  const delay = Math.floor(lateness * schedule.freshSeconds);
  const times: number[] = [];
  for (let j = 0; j < schedule.count; j++) {
    if (Math.ceil((j + 1) * share) === Math.ceil(j * share)) continue;
    const time = Math.floor(schedule.timeOf(j)) + delay;
    if (time < end) times.push(time);
  }
  // Nothing reminds it that its data would grow old.
  const { freshUntil: _, ...rest } = schedule;
  return {
    ...rest,
    count: times.length,
    timeOf: (j) => times[j]!,
    lastBy: (time) => times.findLastIndex((at) => at <= time),
  };
}
