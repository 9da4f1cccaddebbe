import { isAccepted } from "../../protocol/acceptance.ts";
import type { TaskView } from "./TaskView.ts";

/**
 * Final rounds whose aggregate took a worker's update, and the last one of an expired task with which it was credited.
 *
 * @param subchain - Place of its subchain in the terms.
 * @param index - The worker's place in the order of enrolment.
 */
export function acceptedRounds({ rounds, subchains }: TaskView, subchain: number, index: number): number {
  const taken = rounds.filter(({ result }) => isAccepted(result?.accepted[subchain] ?? [], index)).length;
  return subchains[subchain]?.credited.includes(index) ? taken + 1 : taken;
}
