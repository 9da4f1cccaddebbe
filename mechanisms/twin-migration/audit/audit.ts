import type { MarketAudit } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { checkHandOvers } from "./checkHandOvers.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { checkMoney } from "./checkMoney.ts";
import { checkPrices } from "./checkPrices.ts";
import { checkRate } from "./checkRate.ts";
import { checkReputation } from "./checkReputation.ts";
import { checkSynchronizations } from "./checkSynchronizations.ts";

/**
 * What an audit re-derives of the market of twins: written from the rules as they are published (rules.ts), and sharing
 * nothing but the contracts' ABI with what is audited.
 */
export const audit: MarketAudit = {
  contractOf: (role) => {
    if (role === "main") return migrationContracts.TwinMarket;
    return role === "relay" ? migrationContracts.TwinRelay : migrationContracts.TwinHosts;
  },
  checks: [
    {
      name: "prices",
      title: "Every posted price is the game's on what was public",
      unit: "prices",
      run: checkPrices,
    },
    {
      name: "migrations",
      title: "Every migration was priced, accepted, signed and settled by the rules",
      unit: "migrations",
      run: checkMigrations,
    },
    {
      name: "hand-overs",
      title: "Every twin was released and taken on with one state, which is stored",
      unit: "hand-overs",
      run: checkHandOvers,
    },
    {
      name: "synchronizations",
      title: "Every root is over its server's synchronizations of twins that it hosted",
      unit: "synchronizations",
      run: checkSynchronizations,
    },
    {
      name: "reputation",
      title: "Every reputation follows from what became of migrations",
      unit: "servers",
      run: checkReputation,
    },
    {
      name: "money",
      title: "Funded = paid + held, each to who is owed it",
      unit: "movements",
      run: checkMoney,
    },
    {
      name: "success rate",
      title: "The success rate follows from the events",
      unit: "migrations",
      run: checkRate,
    },
  ],
};
