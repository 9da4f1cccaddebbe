import type { MarketAudit } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";

/** What an audit re-derives of the market of twins. */
export const audit: MarketAudit = {
  contractOf: (role) => {
    if (role === "main") return migrationContracts.TwinMarket;
    return role === "relay" ? migrationContracts.TwinRelay : migrationContracts.TwinHosts;
  },
  checks: [],
};
