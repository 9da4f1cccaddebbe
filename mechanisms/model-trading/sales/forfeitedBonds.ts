import { keccak256 } from "ethers";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import { readContract } from "../../../chains/clients/readContract.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { recordLeaf, type WorkRecord } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { tradingContracts } from "../contracts.ts";
import { BOND } from "../workers/bond.ts";

/** What bonds are taken with. */
export interface BondCollection {
  main: MainChain;
  subchains: readonly Subchain[];
  /** Address of the policy. */
  policy: string;
  /** Whose transactions these are; anybody's would do. */
  account: () => Promise<ChainAccount>;
}

/**
 * Has those bonds of a task decided on that its publisher gets. Their workers have no reason to: they take them back once
 * the time for claims is over. Bonds of subchains that have not settled, or of a task that is not complete, are left.
 *
 * @returns Whose they were.
 */
export async function takeForfeitedBonds(
  task: bigint,
  { main, subchains, policy: address, account }: BondCollection,
): Promise<string[]> {
  const { client, place } = main;
  if ((await main.taskOf(task)).status !== "Completed") return [];
  const manager = place.contracts.applications.tasks;
  const policy = { contract: tradingContracts.TradingPolicy, address };
  const locked = (await client.events([policy], place.fromBlock)).flatMap((event) =>
    event.name === "BondLocked" && event.args.task === task && event.args.manager === manager
      ? [event.args]
      : [],
  );
  const taken: string[] = [];
  for (const subchain of subchains) {
    const { chainId } = subchain.client;
    const own = locked.filter((bond) => bond.chainId === chainId);
    if (own.length === 0 || Number((await main.settlementOf(task, chainId)).receivedAt) === 0) continue;
    const recorded = await recordsOf(task, subchain);
    const tree = new MerkleTree(recorded.map(({ record }) => recordLeaf(record)));
    for (const { worker } of own) {
      const found = recorded.find(({ record }) => record.worker === worker);
      const bond = await readContract(client, policy, "bondOf", [manager, task, chainId, worker]);
      if (found === undefined || Number(bond) !== BOND.locked) continue;
      const { record, work } = found;
      const values = [manager, record, tree.branch(record.index), work] as const;
      try {
        if (!(await readContract(client, policy, "settleBond", values))) continue;
        await (await account()).send(policy, "settleBond", values);
        taken.push(worker);
      } catch (error) {
        // Anybody may have done it meanwhile.
        if (!(error instanceof ContractRevert) || error.code !== "BondNotLocked") throw error;
      }
    }
  }
  return taken;
}

/** What a subchain recorded of a task's workers, in its order. */
async function recordsOf(
  task: bigint,
  { client, contracts, place }: Subchain,
): Promise<{ record: WorkRecord; work: string }[]> {
  const events = await client.eventsOfTask(contracts, task, place.fromBlock);
  return events.flatMap((event) => {
    if (event.name !== "WorkRecorded" || event.args.task !== task) return [];
    const { worker, index, work } = event.args;
    return [{ record: { chainId: client.chainId, task, index, worker, workHash: keccak256(work) }, work }];
  });
}
