import { toQuantity } from "ethers";

import type { Rpc } from "../rpc/Rpc.ts";

/** Gives accounts of a development node so much of its coin, wei. @throws what its endpoints throw. */
export async function setBalances(rpc: Rpc, addresses: readonly string[], wei: bigint): Promise<void> {
  const balance = toQuantity(wei);
  await Promise.all(addresses.map((address) => rpc.request("hardhat_setBalance", [address, balance])));
}
