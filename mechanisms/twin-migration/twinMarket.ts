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

  async join(plan, place, modules) {
    const parsed = partyPlanSchema.safeParse(plan);
    if (parsed.success) return startParty(parsed.data, place, modules);
    throw new BaseError("PLAN_INVALID", "This is no plan of a party of the market of twins.", {
      details: z.prettifyError(parsed.error),
      next: "Correct the fields named above; docs/mechanisms/twin-migration.md shows a plan.",
    });
  },

  prepareDemo,
  audit,
};
