import { isAccepted } from "../../protocol/acceptance.ts";
import type { TaskView } from "./TaskView.ts";

/**
 * Final rounds whose aggregate took a worker's update.
 *
 * @param subchain - Place of its subchain in the terms.
 * @param index - The worker's place in the order of enrolment.
 */
export function acceptedRounds({ rounds }: TaskView, subchain: number, index: number): number {
  return rounds.filter(({ result }) => isAccepted(result?.accepted[subchain] ?? [], index)).length;
}
