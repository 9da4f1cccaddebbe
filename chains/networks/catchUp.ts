import { toQuantity } from "ethers";

import type { Clock } from "../../protocol/Clock.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { readHeader } from "../rpc/readHeader.ts";

/**
 * Sets a development node's clock by ours, where it is behind. Hardhat's begins at the moment at which its node was asked
 * for, which on a machine with much to do is long before the node is there.
 *
 * @returns By how much it was behind, whole seconds.
 * @throws what its endpoints throw.
 */
export async function catchUp(rpc: Rpc, { clock }: { clock: Clock }): Promise<number> {
  const askedAt = clock.now() / 1000;
  const pending = await readHeader(rpc, "pending");
  const behind = Math.floor(askedAt - (pending?.timestamp ?? askedAt));
  if (behind < 1) return 0;
  await rpc.request("evm_increaseTime", [toQuantity(behind)]);
  return behind;
}
