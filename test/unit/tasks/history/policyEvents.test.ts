import { expect } from "chai";
import { Interface, toBeHex } from "ethers";

import type { MainChain } from "../../../../chains/clients/MainChain.ts";
import { tradingContracts } from "../../../../mechanisms/model-trading/contracts.ts";
import { modelTrading } from "../../../../mechanisms/model-trading/modelTrading.ts";
import { policyEvents } from "../../../../tasks/history/policyEvents.ts";

const POLICY = `0x${"ab".repeat(20)}`;
const MANAGER = `0x${"cd".repeat(20)}`;
const OTHER = `0x${"ef".repeat(20)}`;
const WORKER = `0x${"11".repeat(20)}`;
const TASK = 7n;
const HEAD = 50;

interface Log {
  blockNumber: number;
  topics: readonly (string | null)[];
  data: string;
}

const events = new Interface(tradingContracts.TradingPolicy.abi);
const bond = (blockNumber: number, name: string, manager: string, task: bigint): Log => ({
  blockNumber,
  ...(events.encodeEventLog(name, [manager, task, WORKER, 3n, 5n]) as { topics: string[]; data: string }),
});

/** A main chain with logs of the policy, which answers by topics as a node does. */
function mainWith(logs: readonly Log[], { policies = { "model-trading": POLICY } } = {}): MainChain {
  const asked: string[] = [];
  const request = async (method: string, [filter]: [Record<string, unknown>]) => {
    asked.push(method);
    const number = toBeHex(HEAD);
    const hash = toBeHex(1, 32);
    if (method === "eth_getBlockByNumber") return { number, hash, parentHash: hash, timestamp: "0x1" };
    const topics = filter.topics as (string | null)[];
    expect(filter.address).to.equal(POLICY);
    const isMeant = (log: Log) => topics.every((topic, i) => topic === null || topic === log.topics[i]);
    return logs.filter(isMeant).map((log, logIndex) => ({
      ...{ ...log, address: POLICY, blockHash: hash, transactionHash: hash, transactionIndex: "0x0" },
      ...{ blockNumber: toBeHex(log.blockNumber), logIndex: toBeHex(logIndex) },
    }));
  };
  const contracts = { policies, applications: { tasks: MANAGER } };
  return {
    client: { rpc: { request, close: () => undefined } },
    place: { contracts, fromBlock: 0 },
  } as unknown as MainChain;
}

describe("policyEvents", () => {
  it("are those of the task, of this network's task manager, in the order of the chain", async () => {
    const main = mainWith([
      bond(9, "BondReturned", MANAGER, TASK),
      bond(4, "BondLocked", MANAGER, TASK),
      bond(5, "BondLocked", OTHER, TASK),
      bond(6, "BondLocked", MANAGER, TASK + 1n),
    ]);
    const found = await policyEvents(main, modelTrading, TASK);
    expect(found!.map(({ name, args }) => [name, args.worker, args.amount])).to.deep.equal([
      ["BondLocked", WORKER, 5n],
      ["BondReturned", WORKER, 5n],
    ]);
  });

  it("leave out what is no event of the policy", async () => {
    const unknown = { blockNumber: 3, topics: [toBeHex(9, 32), toBeHex(TASK, 32)], data: "0x" };
    expect(await policyEvents(mainWith([unknown]), modelTrading, TASK)).to.deep.equal([]);
  });

  it("are not known where the network has no policy of the mechanism", async () => {
    const main = mainWith([], { policies: {} as never });
    expect(await policyEvents(main, modelTrading, TASK)).to.equal(undefined);
  });
});
