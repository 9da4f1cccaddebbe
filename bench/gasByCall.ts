import type { ChainClient } from "../chains/clients/ChainClient.ts";
import { applicationOf } from "../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../chains/networks/networkFile.ts";
import { type ContractName, contracts } from "../protocol/contracts.ts";

/** Gas of one kind of call, over all transactions that made it. */
export interface CallGas {
  calls: number;
  least: number;
  median: number;
  most: number;
}

/** Contracts of a chain by their addresses, lower case. */
function contractsOf(place: ChainPlace): Map<string, ContractName> {
  const { gateway, verifier } = place.contracts;
  const application = { main: "TaskManager", relay: "CrossChainManager" } as const;
  const names: [string, ContractName][] = [
    [gateway, "Gateway"],
    [verifier, "CheckpointVerifier"],
    [
      applicationOf(place),
      place.role === "main" || place.role === "relay" ? application[place.role] : "LearningSubchain",
    ],
  ];
  if (place.role === "main") names.push([place.contracts.token, "LocalToken"]);
  else if (place.role !== "relay") names.push([place.contracts.registry, "WorkerRegistry"]);
  return new Map(names.map(([address, name]) => [address.toLowerCase(), name]));
}

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
    const names = contractsOf(place);
    const latest = await client.provider.getBlockNumber();
    for (let number = place.fromBlock; number <= latest; number++) {
      const block = await client.provider.getBlock(number, true);
      for (const transaction of block?.prefetchedTransactions ?? []) {
        const name = names.get(transaction.to?.toLowerCase() ?? "");
        if (name === undefined) continue;
        const method = contracts[name].functionOf(transaction.data);
        const receipt = await client.receipt(transaction.hash);
        if (method === undefined || !receipt.succeeded) continue;
        const plain = `${name}.${method}`;
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
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
}
