import { LOCAL_KEYS } from "../../chains/networks/localKeys.ts";
import { checked } from "../../files/readJson.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Market } from "../Market.ts";
import { audit } from "./audit/audit.ts";
import { prepareDemo } from "./demo/prepareDemo.ts";
import { marketView } from "./market/marketView.ts";
import { twinApplication } from "./market/twinApplication.ts";
import { partyPlanSchema } from "./parties/partyPlan.ts";
import { startParty } from "./parties/startParty.ts";
import { statement } from "./statement/statement.ts";

/** The market for migrations of twins (docs/mechanisms/twin-migration.md). */
export const twinMarket: Market = {
  name: "twin-migration",
  application: twinApplication,

  async join(plan, { policy, ...place }, modules) {
    const parsed = checked(plan, {
      schema: partyPlanSchema(modules.keys ?? LOCAL_KEYS),
      code: "PLAN_INVALID",
      message: "This is no plan of a party of the market of twins.",
      next: "Correct the fields named above; docs/mechanisms/twin-migration.md shows a plan.",
    });
    if (policy === undefined) return startParty(parsed, place, modules);
    if (parsed.role === "vehicle") return startParty({ ...parsed, policy }, place, modules);
    throw new BaseError("OPTION_INVALID", `A ${parsed.role} decides nothing by a policy that was learned.`, {
      next: "Leave --policy out, or give the plan of a vehicle.",
    });
  },

  async checkPolicy(file) {
    const { readPolicy } = await import("./learning/readPolicy.ts");
    await readPolicy(file);
  },

  prepareDemo,
  audit,
  view: marketView,
  statement,
};
