import type { MechanismScores, WorkerScore } from "../../../mechanisms/MechanismScores.ts";
import { decodeCount, encodeCount } from "./encodings.ts";

/** How many rounds have taken each worker's update: one more for whom this round took. */
export const scores: MechanismScores = async ({ revealed, before }) => {
  const counts = new Map<string, WorkerScore>(before.map((score) => [keyOf(score), score]));
  for (const { chainId, index, accepted } of revealed) {
    if (!accepted) continue;
    const known = counts.get(keyOf({ chainId, index }));
    const count = known === undefined ? 0 : decodeCount("uint16", known.score);
    counts.set(keyOf({ chainId, index }), { chainId, index, score: encodeCount("uint16", count + 1) });
  }
  return [...counts.values()];
};

function keyOf({ chainId, index }: Pick<WorkerScore, "chainId" | "index">): string {
  return `${chainId}/${index}`;
}
