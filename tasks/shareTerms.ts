import { billionths, exactShare } from "../numerics/Share.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { TaskSpec } from "./taskSpec.ts";

/**
 * The terms of a task that are shares, in billionths. Both are rounded down, to no less than one:
 *
 * - the quorum, so that as many commits close a round as the exact share asks for, of any number of workers that a
 *   subchain takes, where the share is a decimal of nine digits or a fraction with a denominator up to 15,258;
 * - the target, because a score is rounded down too: a score that equals the target reaches it, and of held-out samples
 *   and denominators whose product is below 10⁹ no lesser one does.
 */
export function shareTerms({
  quorum,
  targetAccuracy,
}: Pick<TaskSpec, "quorum" | "targetAccuracy">): Pick<TaskTerms, "quorumPpb" | "targetScorePpb"> {
  return {
    targetScorePpb: targetAccuracy === undefined ? 0 : Math.max(1, billionths(exactShare(targetAccuracy))),
    quorumPpb: Math.max(1, billionths(exactShare(quorum))),
  };
}
