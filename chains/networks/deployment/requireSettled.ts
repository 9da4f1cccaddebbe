import { toQuantity } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { ChainClient } from "../../clients/ChainClient.ts";

/** How long transactions of an earlier process may take to get into blocks, milliseconds, besides the blocks' time. */
const SETTLE_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 250;

/**
 * Waits until nothing that was sent with a key is under way any more: what an earlier process sent before it was killed
 * is then seen, and not done again.
 *
 * @param options - `blocks`: how many must be on top of a transaction's.
 * @throws `TRANSACTIONS_PENDING` (retryable) when that does not come about.
 */
export async function requireSettled(
  client: ChainClient,
  account: string,
  { blockSeconds, blocks }: { blockSeconds: number; blocks: number },
): Promise<void> {
  const { rpc, clock } = client;
  const countAt = async (block: string) =>
    Number(await rpc.request("eth_getTransactionCount", [account, block]));
  const until = clock.now() + SETTLE_MILLISECONDS + blockSeconds * 1000 * (2 * blocks + 10);
  for (;;) {
    const head = (await client.header("latest")).number;
    const settled = await countAt(toQuantity(Math.max(0, head - blocks)));
    const pending = await countAt("pending");
    if (pending <= settled) return;
    if (clock.now() > until) {
      throw new BaseError("TRANSACTIONS_PENDING", `Transactions of ${account} wait for ${client.name}.`, {
        details: `It has ${settled} that are settled, and ${pending - settled} that are not.`,
        next: "See whether the chain makes blocks and the account can pay, then deploy again.",
        retryable: true,
      });
    }
    await clock.sleep(PAUSE_MILLISECONDS);
  }
}
