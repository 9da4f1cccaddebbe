import type { ChainClient, ContractPlace } from "../../chains/clients/ChainClient.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../chains/clients/finality.ts";

/** Follows contracts of a chain whose failures are the test's. */
export async function followed(
  client: ChainClient,
  contracts: readonly ContractPlace[],
): Promise<ChainFollower> {
  const onError = (error: unknown) => {
    throw error;
  };
  const follower = new ChainFollower(client, contracts, { finality: AT_ONCE }, { onError });
  await follower.start();
  return follower;
}
