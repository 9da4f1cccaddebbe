import { ZeroAddress } from "ethers";

import { isPublicKey } from "../chains/networks/localKeys.ts";
import type { NetworkClients } from "../chains/networks/NetworkClients.ts";

/**
 * Who may write to a network's block server with a signature: its aggregators, whoever serves something in it, workers that
 * are registered on one of its subchains now, and whom the server lists.
 *
 * @param options - `isLocal`: whether nobody but this machine reaches the server: then keys that everybody knows are as
 * good as others.
 * @returns Whether an address may write. It throws when a subchain does not answer.
 */
export function storageWriters(
  { network, subchains }: Pick<NetworkClients, "network" | "subchains">,
  { writers, isLocal }: { writers: readonly string[]; isLocal: boolean },
): (address: string) => Promise<boolean> {
  const listed = new Set(
    [
      ...writers,
      ...network.aggregators.map(({ address }) => address),
      ...Object.values(network.services ?? {})
        .flat()
        .map(({ address }) => address),
    ].map((address) => address.toLowerCase()),
  );
  return async (address) => {
    if (!isLocal && isPublicKey(address)) return false;
    if (listed.has(address.toLowerCase())) return true;
    const devices = await Promise.all(subchains.map((subchain) => subchain.deviceOf(address)));
    return devices.some((device) => device !== ZeroAddress);
  };
}
