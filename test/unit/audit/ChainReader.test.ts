import { expect } from "chai";
import { AbiCoder, Interface, id, toBeHex, toQuantity } from "ethers";

import { ChainReader } from "../../../audit/evidence/ChainReader.ts";
import { addMechanism, MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { ContractAbi } from "../../../protocol/ContractAbi.ts";
import type { ContractEvent } from "../../../protocol/contracts.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { messageId } from "../../../protocol/messages.ts";
import { accountOf } from "./FakeChain.ts";
import { NETWORK } from "./fakeNetwork.ts";

const { main } = NETWORK;
const { applications, escrow, gateway } = main.contracts;
const abiCoder = AbiCoder.defaultAbiCoder();
const { chainId } = main;

/** A log of one of the main chain's contracts, alone in its block. */
function log<N extends ContractEvent["name"]>(
  blockNumber: number,
  contract: "TaskManager" | "RewardEscrow" | "Gateway",
  name: N,
  args: Extract<ContractEvent, { name: N }>["args"],
  address = { TaskManager: applications.tasks, RewardEscrow: escrow, Gateway: gateway }[contract],
  index = 0,
) {
  const { abi } = contracts[contract];
  return {
    address,
    ...new Interface(abi).encodeEventLog(name, Object.values(args)),
    blockNumber: toQuantity(blockNumber),
    blockHash: id(`block ${blockNumber}`),
    transactionHash: id(`transaction ${blockNumber}`),
    transactionIndex: "0x0",
    logIndex: toQuantity(index),
  };
}

interface Filter {
  address: string | readonly string[];
  topics?: readonly (string | readonly string[] | null)[];
  fromBlock: string;
  toBlock: string;
}

/** The main chain's node, that notes of which blocks it was asked. */
class MainNode {
  readonly asked: number[] = [];
  /** Its latest block. */
  latest = "block 9";
  readonly logs: readonly ReturnType<typeof log>[];

  constructor(logs: readonly ReturnType<typeof log>[]) {
    this.logs = logs;
  }

  async request(method: string, [first]: readonly unknown[]): Promise<unknown> {
    if (method === "eth_chainId") return toQuantity(chainId);
    if (method === "eth_blockNumber") return toQuantity(9);
    if (method === "eth_getBlockByNumber" && (first === "latest" || Number(first) === 9)) {
      return { number: "0x9", hash: id(this.latest), parentHash: id("parent"), timestamp: "0x9" };
    }
    if (method === "eth_getLogs") return this.#logs(first as Filter);
    if (method === "eth_call") return abiCoder.encode(["bytes32", "uint32"], [id("root"), 7]);
    if (method !== "eth_getBlockByNumber") return null;
    this.asked.push(Number(first));
    const number = first as string;
    const hash = id(`block ${Number(number)}`);
    return { number, hash, parentHash: id("parent"), timestamp: number };
  }

  #logs({ address, topics = [], fromBlock, toBlock }: Filter): unknown[] {
    const addresses = new Set([address].flat().map((one) => one.toLowerCase()));
    return this.logs.filter(
      (log) =>
        addresses.has(log.address.toLowerCase()) &&
        Number(log.blockNumber) >= Number(fromBlock) &&
        Number(log.blockNumber) <= Number(toBlock) &&
        topics.every((topic, i) => topic === null || [topic].flat().includes(log.topics[i]!)),
    );
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
    const reader = await ChainReader.open(main, 1n, { rpc: node });
    try {
      // Of the other task nothing is kept; the escrow's accounts are.
      expect(reader.events.map(({ blockNumber }) => blockNumber)).to.deep.equal([2, 4, 6, 7, 8]);
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
    const reader = await ChainReader.open(place, 1n, { rpc: node });
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

  it("keeps of 20,000 messages of strangers, and of as many deliveries to them, only the ids of what was sent", async () => {
    const stranger = accountOf("stranger");
    const sender = formatInteroperable({ chainId: BigInt(chainId), address: stranger });
    const recipient = formatInteroperable({ chainId: 2n, address: stranger });
    const own = {
      sender: formatInteroperable({ chainId: BigInt(chainId), address: applications.tasks }),
      recipient,
    };
    const word = (value: number) => toBeHex(value, 32);
    const content = { sender, recipient, payload: "0x1234", value: 0n, attributes: [] };
    const inserted = log(3, "Gateway", "MessageInserted", { messageId: word(0), nonce: 0 });
    const sent = log(3, "Gateway", "MessageSent", { sendId: word(0), ...content });
    const delivery = { messageId: word(0), originChainId: 2n, nonce: 0 };
    const delivered = log(3, "Gateway", "MessageDelivered", { ...delivery, recipient: stranger });
    const logs: ReturnType<typeof log>[] = [];
    for (let nonce = 0; nonce < 20_000; nonce++) {
      const sendId = messageId({ nonce, sender, recipient, payload: "0x1234" });
      const at = (index: number) => ({ logIndex: toQuantity(3 * nonce + index) });
      logs.push({ ...inserted, ...at(0), topics: [inserted.topics[0]!, sendId], data: word(nonce) });
      logs.push({ ...sent, ...at(1), topics: [sent.topics[0]!, sendId] });
      logs.push({
        ...delivered,
        ...at(2),
        topics: [delivered.topics[0]!, word(nonce), delivered.topics[2]!],
      });
    }
    const freshets = { nonce: 20_000, ...own, payload: "0x5678" };
    const sendId = messageId(freshets);
    logs.push(log(4, "Gateway", "MessageInserted", { messageId: sendId, nonce: 20_000 }));
    logs.push(
      log(4, "Gateway", "MessageSent", { sendId, ...content, ...own, payload: "0x5678" }, gateway, 1),
    );
    logs.push(
      log(5, "Gateway", "MessageDelivered", { ...delivery, nonce: 0, recipient: applications.tasks }),
    );
    const reader = await ChainReader.open(main, 1n, { rpc: new MainNode(logs) });
    try {
      await reader.readOutbox();
      expect(reader.events.map(({ blockNumber }) => blockNumber)).to.deep.equal([5]);
      const { tree, messages, sentAt, fault } = reader.outbox;
      expect(fault).to.equal(undefined);
      expect(tree.count).to.equal(20_001);
      expect(messages.map(({ payload }) => payload)).to.deep.equal(["0x5678"]);
      expect([...sentAt]).to.deep.equal([[sendId, 4]]);
    } finally {
      reader.close();
    }
  }).timeout(60_000);

  it("sees when the chain has replaced what was read", async () => {
    const node = new MainNode([]);
    const reader = await ChainReader.open(main, 1n, { rpc: node });
    try {
      expect(await reader.isReplaced()).to.equal(false);
      node.latest = "another block 9";
      expect(await reader.isReplaced()).to.equal(true);
    } finally {
      reader.close();
    }
  });
});
