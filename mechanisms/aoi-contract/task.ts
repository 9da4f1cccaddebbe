import { z } from "zod";

import type { MechanismTask } from "../MechanismTask.ts";
import { encodeTerms } from "./encodings.ts";
import { menuTerms } from "./menuTerms.ts";
import { rewardSchema } from "./rewardSchema.ts";

/** The AoI contract's part of a task file. */
export const task: MechanismTask = {
  description:
    "A menu of items: workers are paid for the time that their data are as fresh as their item asks.",
  rewardFields: rewardSchema.shape,
  terms(reward, { epochSeconds, maxWorkers, subchains }) {
    const terms = menuTerms(z.parse(rewardSchema, reward), epochSeconds);
    const dearest = terms.menu.reduce((most, { reward }) => (reward > most ? reward : most), 0n);
    return {
      encoded: encodeTerms(terms),
      worstCase: (dearest + terms.bonus) * BigInt(maxWorkers) * BigInt(subchains),
    };
  },
};
