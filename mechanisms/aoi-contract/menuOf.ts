import type { MainChain } from "../../chains/clients/MainChain.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import type { MenuItem } from "./aoiTerms.ts";
import { policyOf } from "./policyContract.ts";

/** The menu that the policy has pinned for a task. */
export async function menuOf({ client, place }: MainChain, task: bigint): Promise<MenuItem[]> {
  const policy = policyOf(place);
  const { manager } = place.contracts;
  const count = await readContract(client, policy, "itemCount", [manager, task]);
  return Promise.all(
    Array.from({ length: Number(count) }, (_, n) =>
      readContract(client, policy, "itemOf", [manager, task, BigInt(n)]),
    ),
  );
}
