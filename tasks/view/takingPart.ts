import type { TakingPart } from "../../protocol/participation.ts";
import type { TaskView } from "./TaskView.ts";

/** What a view tells of who takes part in a task's rounds on a subchain, by its place in the terms. */
export function takingPart({ terms, subchains }: TaskView, subchain: number): TakingPart {
  const { beacon, workers } = subchains[subchain]!;
  const { workersPerRound, sampling } = terms;
  return { beacon, enrolled: workers.length, workersPerRound, sampling };
}
