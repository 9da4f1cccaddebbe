import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../chains/clients/finality.ts";
import type { MainChain } from "../../chains/clients/MainChain.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";

/** How often processes look for news, milliseconds: less often than programs do, as blocks come seldom. */
export const POLL_MILLISECONDS = 500;

/** Follows a chain's events, once it has been read up to its present. */
export async function follow(
  { client, contracts }: MainChain | Subchain,
  onError: (error: unknown) => void,
): Promise<ChainFollower> {
  const options = { finality: AT_ONCE, pollMilliseconds: POLL_MILLISECONDS };
  const follower = new ChainFollower(client, contracts, options, { onError });
  await follower.begin();
  return follower;
}
