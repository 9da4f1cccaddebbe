import { getAddress } from "ethers";

import { localKey } from "../chains/networks/localKeys.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { BaseError } from "../protocol/BaseError.ts";

/**
 * Indexes, among local validators, of those that a network file names.
 *
 * @throws `NOT_LOCAL_VALIDATORS` when one is not of the public development keys.
 */
export function localValidators(network: NetworkFile): number[] {
  const known = new Map(Array.from({ length: 32 }, (_, i) => [localKey("validator", i).address, i]));
  return network.validators.map(({ address }) => {
    const index = known.get(getAddress(address.toLowerCase()));
    if (index !== undefined) return index;
    throw new BaseError("NOT_LOCAL_VALIDATORS", `There is no local key of validator ${address}.`, {
      details: "The network's validators are run by others.",
      next: "Run the relayer alone with --parts relayer,keeper.",
    });
  });
}
