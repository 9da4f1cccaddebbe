import { checked } from "../../files/readJson.ts";
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
    const parsed = checked(plan, {
      schema: partyPlanSchema,
      code: "PLAN_INVALID",
      message: "This is no plan of a party of the market of twins.",
      next: "Correct the fields named above; docs/mechanisms/twin-migration.md shows a plan.",
    });
    return startParty(parsed, place, modules);
  },

  prepareDemo,
  audit,
};
