import { expect } from "chai";
import { Interface, id, toQuantity } from "ethers";

import { ChainReader } from "../../../audit/evidence/ChainReader.ts";
import { addMechanism, MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { ContractAbi } from "../../../protocol/ContractAbi.ts";
import type { ContractEvent } from "../../../protocol/contracts.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { accountOf } from "./FakeChain.ts";
import { NETWORK } from "./fakeNetwork.ts";

const { main } = NETWORK;
const { applications, escrow } = main.contracts;
const { chainId } = main;

/** A log of one of the main chain's contracts, alone in its block. */
function log<N extends ContractEvent["name"]>(
  blockNumber: number,
  contract: "TaskManager" | "RewardEscrow",
  name: N,
  args: Extract<ContractEvent, { name: N }>["args"],
  address = contract === "RewardEscrow" ? escrow : applications.tasks,
) {
  const { abi } = contracts[contract];
  return {
    address,
    ...new Interface(abi).encodeEventLog(name, Object.values(args)),
    blockNumber: toQuantity(blockNumber),
    blockHash: id(`block ${blockNumber}`),
    transactionHash: id(`transaction ${blockNumber}`),
    transactionIndex: "0x0",
    logIndex: "0x0",
  };
}

/** The main chain's node, that notes of which blocks it was asked. */
class MainNode {
  readonly asked: number[] = [];
  readonly logs: readonly object[];

  constructor(logs: readonly object[]) {
    this.logs = logs;
  }

  async request(method: string, [first]: readonly unknown[]): Promise<unknown> {
    if (method === "eth_chainId") return toQuantity(chainId);
    if (method === "eth_blockNumber") return toQuantity(9);
    if (method === "eth_getLogs") return this.logs;
    if (method !== "eth_getBlockByNumber") return null;
    this.asked.push(Number(first));
    const number = first as string;
    const hash = id(`block ${Number(number)}`);
    return { number, hash, parentHash: id("parent"), timestamp: number };
  }
}

describe("audit: ChainReader", () => {
  it("prefetches the times of a task's blocks and of its account's, and no other", async () => {
    const payer = accountOf("publisher");
    const account = { application: applications.tasks, id: 1n };
    const stranger = { application: accountOf("another application"), id: 1n };
    const node = new MainNode([
      log(2, "RewardEscrow", "Funded", { ...account, token: main.contracts.token, payer, amount: 9n }),
      log(4, "TaskManager", "EpochSettled", { task: 1n, chainId: 4n, recordsRoot: id("root"), workers: 2 }),
      log(5, "TaskManager", "EpochSettled", { task: 2n, chainId: 4n, recordsRoot: id("root"), workers: 2 }),
      log(6, "RewardEscrow", "Refunded", { ...account, payer, amount: 9n }),
      log(7, "RewardEscrow", "Refunded", { ...stranger, payer, amount: 9n }),
      log(8, "RewardEscrow", "Refunded", { ...account, id: 2n, payer, amount: 9n }),
    ]);
    const reader = await ChainReader.open(main, { rpc: node });
    try {
      expect(reader.events).to.have.length(6);
      await reader.prefetch(1n);
      expect(node.asked.toSorted()).to.deep.equal([2, 4, 6]);
      expect(await reader.blockTime(6)).to.equal(6);
      expect(node.asked).to.have.length(3);
    } finally {
      reader.close();
    }
  });

  it("keeps a mechanism's events apart from the core's, whatever their names", async () => {
    const policy = accountOf("main policy of a liar");
    // Its events are the task manager's to the last type.
    const { abi, errors } = contracts.TaskManager;
    const liar = new ContractAbi({ name: "LyingPolicy", abi, errors });
    const remove = addMechanism({
      ...MECHANISMS[0]!,
      name: "liar",
      contracts: { policy: liar, meter: liar },
    });
    const settled = { task: 1n, chainId: 4n, recordsRoot: id("root"), workers: 2 };
    const node = new MainNode([
      log(2, "TaskManager", "EpochSettled", settled),
      log(3, "TaskManager", "EpochSettled", { ...settled, workers: 3 }, policy),
    ]);
    const policies = { ...main.contracts.policies, liar: policy };
    const place = { ...main, contracts: { ...main.contracts, policies } };
    const reader = await ChainReader.open(place, { rpc: node });
    try {
      expect(reader.events.map(({ blockNumber }) => blockNumber)).to.deep.equal([2]);
      expect(reader.mechanismEvents).to.have.length(1);
      expect(reader.mechanismEvents[0]).to.deep.include({ contract: "LyingPolicy", address: policy });
      reader.cutAt(2);
      expect(reader.mechanismEvents).to.deep.equal([]);
    } finally {
      reader.close();
      remove();
    }
  });
});
