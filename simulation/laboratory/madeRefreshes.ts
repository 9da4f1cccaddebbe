import { type BehaviourSpec, behaviourOf } from "../../learning/federated/behaviours/behaviourSpec.ts";
import type { RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";

/**
 * When a client refreshes its data, Unix seconds, ascending: when its schedule says, or of a lazy client so large a
 * share of that, spread evenly from the first on, and each so much later. What comes at the epoch's end or after it does not come.
 */
export function madeRefreshes(
  schedule: Pick<RefreshSchedule, "count" | "timeOf" | "freshSeconds">,
  behaviours: readonly BehaviourSpec[],
  end: number,
): number[] {
  const { refreshes: share = 1, lateness = 0 } = behaviourOf(behaviours, "lazy") ?? {};
  const delay = Math.floor(lateness * schedule.freshSeconds);
  const times: number[] = [];
  for (let j = 0; j < schedule.count; j++) {
    if (Math.ceil((j + 1) * share) === Math.ceil(j * share)) continue;
    const time = Math.floor(schedule.timeOf(j)) + delay;
    if (time < end) times.push(time);
  }
  return times;
}
