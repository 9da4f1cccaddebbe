import { z } from "zod";

import type { MechanismTask } from "../MechanismTask.ts";
import { checkItems } from "./checkItems.ts";
import { encodeTerms } from "./encodings.ts";
import { menuTerms } from "./menuTerms.ts";
import { menuWarnings } from "./menuWarnings.ts";
import { rewardSchema } from "./rewardSchema.ts";

/** The AoI contract's part of a task file. */
export const task: MechanismTask = {
  description:
    "A menu of items: workers are paid for the time that their data are as fresh as their item asks.",
  rewardFields: rewardSchema.shape,
  rules: [
    {
      rule: "`reward.menu.types` has one probability for each cost, they sum to 1, no type costs more than the one before it, and a menu exists for them",
      checkedBy: "the schema; that there is a menu, `task submit` (`MENU_INFEASIBLE`)",
    },
    {
      rule: "no item's period exceeds `schedule.epochSeconds` or is shorter than a 65,536th of it; the menu is individually rational and incentive compatible; the bonus is at least 1",
      checkedBy:
        "of the bonus, the schema; of the menu, `task submit` (`MENU_REFUSED`); main and relay chain ([AoIContractPolicy](contracts/AoIContractPolicy.md))",
    },
    {
      rule: "`reward.budget` covers (largest reward + bonus) × `maxWorkers` × number of subchains",
      checkedBy: "main chain (`BudgetTooSmall`)",
    },
  ],
  remarks: `Costs, rewards and the bonus are below 2^96 wei. With \`reward.menu.types\` the periods are chosen among the
divisors of \`schedule.epochSeconds\`. With \`reward.menu.items\` choose them so: with a period that does not divide the
epoch, covering all of it takes more updates than the reward pays for
([mechanisms/aoi-contract.md](mechanisms/aoi-contract.md)).`,
  warnings(reward, { epochSeconds }) {
    const parsed = z.parse(rewardSchema, reward);
    checkItems(menuTerms(parsed, epochSeconds).menu, epochSeconds);
    return menuWarnings(parsed, epochSeconds);
  },
  terms(reward, { epochSeconds, maxWorkers, subchains }) {
    const terms = menuTerms(z.parse(rewardSchema, reward), epochSeconds);
    const dearest = terms.menu.reduce((most, { reward }) => (reward > most ? reward : most), 0n);
    return {
      encoded: encodeTerms(terms),
      worstCase: (dearest + terms.bonus) * BigInt(maxWorkers) * BigInt(subchains),
    };
  },
};
