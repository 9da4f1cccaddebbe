import { BaseError } from "../protocol/BaseError.ts";
import type { Market } from "./Market.ts";
import { twinMarket } from "./twin-migration/twinMarket.ts";

/** The table of markets that are no tasks: one a line. */
export const MARKETS: readonly Market[] = [twinMarket];

/** The market of a mechanism; undefined for a mechanism of tasks. */
export function marketNamed(name: string): Market | undefined {
  return MARKETS.find((market) => market.name === name);
}

/**
 * The market of a mechanism.
 *
 * @throws BaseError `UNKNOWN_MARKET`
 */
export function requireMarket(name: string): Market {
  const market = marketNamed(name);
  if (market !== undefined) return market;
  throw new BaseError("UNKNOWN_MARKET", `There is no market of ${name}.`, {
    details: `There are markets of ${MARKETS.map((one) => one.name).join(", ")}.`,
    next: "Name one of them; other mechanisms are of tasks (./freshet task).",
  });
}
