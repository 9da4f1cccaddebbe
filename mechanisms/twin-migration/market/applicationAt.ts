import type { ChainPlace } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { twinApplication } from "./twinApplication.ts";

/**
 * Address of the market's contract on a chain.
 *
 * @throws BaseError `NO_TWIN_MARKET` when the network was deployed without it.
 */
export function twinsAt({ name, contracts }: ChainPlace): string {
  const address = contracts.applications[twinApplication.name];
  if (address !== undefined) return address;
  throw new BaseError("NO_TWIN_MARKET", `There is no market of twins on ${name}.`, {
    next: `Deploy the network with it: "applications": ["${twinApplication.name}"] in its configuration.`,
  });
}
