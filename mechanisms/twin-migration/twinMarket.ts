import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Market } from "../Market.ts";
import { audit } from "./audit/audit.ts";
import { prepareDemo } from "./demo/prepareDemo.ts";
import { twinApplication } from "./market/twinApplication.ts";
import { partyPlanSchema } from "./parties/partyPlan.ts";
import { startParty } from "./parties/startParty.ts";

/** The market for migrations of twins (docs/mechanisms/twin-migration.md). */
export const twinMarket: Market = {
  name: "twin-migration",
  application: twinApplication,

  async join(plan, { policy, ...place }, modules) {
    const parsed = partyPlanSchema.safeParse(plan);
    if (parsed.success) {
      const { data } = parsed;
      if (policy === undefined) return startParty(data, place, modules);
      if (data.role === "vehicle") return startParty({ ...data, policy }, place, modules);
      throw new BaseError("OPTION_INVALID", `A ${data.role} decides nothing by a policy that was learned.`, {
        next: "Leave --policy out, or give the plan of a vehicle.",
      });
    }
    throw new BaseError("PLAN_INVALID", "This is no plan of a party of the market of twins.", {
      details: z.prettifyError(parsed.error),
      next: "Correct the fields named above; docs/mechanisms/twin-migration.md shows a plan.",
    });
  },

  async checkPolicy(file) {
    const { readPolicy } = await import("./learning/readPolicy.ts");
    await readPolicy(file);
  },

  prepareDemo,
  audit,
};
