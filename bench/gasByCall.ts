import type { ChainClient } from "../chains/clients/ChainClient.ts";
import type { ChainPlace } from "../chains/networks/networkFile.ts";
import { type ContractName, contractInterfaces } from "../protocol/contracts.ts";

/** Gas of one kind of call, over all transactions that made it. */
export interface CallGas {
  calls: number;
  least: number;
  median: number;
  most: number;
}

/** Which contract each name in the network file is. */
const CONTRACT_NAMES: Readonly<Record<ChainPlace["role"], Readonly<Record<string, ContractName>>>> = {
  main: { manager: "TaskManager", gateway: "Gateway", verifier: "CheckpointVerifier", token: "LocalToken" },
  relay: { manager: "CrossChainManager", gateway: "Gateway", verifier: "CheckpointVerifier" },
  virtual: {
    subchain: "LearningSubchain",
    registry: "WorkerRegistry",
    gateway: "Gateway",
    verifier: "CheckpointVerifier",
  },
  physical: {
    subchain: "LearningSubchain",
    registry: "WorkerRegistry",
    gateway: "Gateway",
    verifier: "CheckpointVerifier",
  },
};

/** Calls that are left out: whether messages go together depends on the moment. bench/gatewayGas.ts measures batches. */
const OF_THE_MOMENT = new Set(["Gateway.deliverBatch"]);

/**
 * Gas of every successful call to Freshet's contracts on the given chains, by
 * `Contract.function`; a delivery is told apart by the chain it went to. Batches
 * of deliveries are left out.
 */
export async function gasByCall(
  chains: readonly { client: ChainClient; place: ChainPlace }[],
): Promise<Record<string, CallGas>> {
  const all = new Map<string, number[]>();
  for (const { client, place } of chains) {
    const names = new Map(
      Object.entries(place.contracts).flatMap(([key, address]) => {
        const name = CONTRACT_NAMES[place.role][key];
        return name === undefined ? [] : [[address.toLowerCase(), name] as const];
      }),
    );
    const latest = await client.provider.getBlockNumber();
    for (let number = place.fromBlock; number <= latest; number++) {
      const block = await client.provider.getBlock(number, true);
      for (const transaction of block?.prefetchedTransactions ?? []) {
        const name = names.get(transaction.to?.toLowerCase() ?? "");
        if (name === undefined) continue;
        const call = contractInterfaces[name].parseTransaction(transaction);
        const receipt = await client.receipt(transaction.hash);
        if (call === null || !receipt.succeeded) continue;
        const plain = `${name}.${call.name}`;
        if (OF_THE_MOMENT.has(plain)) continue;
        const key = plain === "Gateway.deliver" ? `${plain} (${place.role})` : plain;
        all.set(key, [...(all.get(key) ?? []), Number(receipt.gasUsed)]);
      }
    }
  }
  const entries = [...all].map(([key, gas]): [string, CallGas] => {
    gas.sort((a, b) => a - b);
    return [
      key,
      { calls: gas.length, least: gas[0]!, median: gas[Math.floor(gas.length / 2)]!, most: gas.at(-1)! },
    ];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
}
