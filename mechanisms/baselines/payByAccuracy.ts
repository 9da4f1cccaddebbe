import { counted } from "../../reports/counted.ts";
import type { Baseline } from "../Baseline.ts";
import { historyLacks } from "../historyLacks.ts";

/**
 * By how much the updates taught: the share of the held-out loss that they took away, added up over the rounds that took
 * them.
 */
export const payByAccuracy: Baseline = {
  name: "accuracy",
  about: "by how much the updates that rounds took lowered the held-out loss",
  isByScores: true,
  shares({ task, workers }) {
    return workers.map(({ gainPpb, acceptedRounds, worker }) => {
      if (gainPpb === undefined) {
        throw historyLacks("accuracy", {
          task,
          missing: `Nothing was attested about how much the updates of ${worker} taught: the task's mechanism does not score workers, or what it attested could not be read.`,
          next: "Have workers scored anew from storage: --score; or compare by samples.",
        });
      }
      return {
        weight: BigInt(gainPpb) * BigInt(acceptedRounds),
        why: `${(gainPpb / 1e7).toFixed(1)} % of the loss taken away, in ${counted(acceptedRounds, "round")}`,
      };
    });
  },
};
