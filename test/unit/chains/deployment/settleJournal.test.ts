import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { keccak256, Wallet } from "ethers";

import {
  journalPath,
  sentPath,
  settleJournal,
} from "../../../../chains/networks/deployment/settleJournal.ts";
import { type Rpc, RpcRefusal } from "../../../../chains/rpc/Rpc.ts";

/** What a process wrote before it was killed. */
const BEGUN = { type: "NETWORK_INTERACTION_REQUEST", futureId: "A", networkInteractionId: 1 };
const ABOUT_TO_SEND = {
  type: "TRANSACTION_PREPARE_SEND",
  futureId: "A",
  networkInteractionId: 1,
  nonce: 7,
};

describe("settleJournal", () => {
  let directory: string;
  let raw: string;
  let hash: string;
  before(async () => {
    raw = await Wallet.createRandom().signTransaction({
      ...{ chainId: 1, nonce: 7, type: 2, gasLimit: 100_000n, data: "0x00" },
      ...{ maxFeePerGas: 9n, maxPriorityFeePerGas: 4n },
    });
    hash = keccak256(raw);
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-journal-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A node that takes what it is sent, or has it already, or takes nothing. */
  const node = (takes: "new" | "known" | "nothing"): Rpc & { asked: string[] } => {
    const known = new Set(takes === "known" ? [hash] : []);
    const asked: string[] = [];
    return {
      asked,
      async request(method, [value]) {
        asked.push(method);
        if (method === "eth_getTransactionByHash") return known.has(value as string) ? { hash: value } : null;
        if (takes === "nothing") throw new RpcRefusal(method, { code: -32000, message: "no" });
        known.add(keccak256(value as string));
        return keccak256(value as string);
      },
    };
  };
  const write = async (messages: readonly object[], sent: readonly object[]) => {
    await writeFile(journalPath(directory), messages.map((one) => `\n${JSON.stringify(one)}`).join(""));
    await writeFile(sentPath(directory), sent.map((one) => `${JSON.stringify(one)}\n`).join(""));
  };
  const linesOf = async (path: string) =>
    (await readFile(path, "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const told = () => ({
    ...{ futureId: "A", networkInteractionId: 1, nonce: 7, type: "TRANSACTION_SEND" },
    transaction: {
      hash,
      fees: {
        maxFeePerGas: { _kind: "bigint", value: "9" },
        maxPriorityFeePerGas: { _kind: "bigint", value: "4" },
      },
    },
  });

  it("forgets what was about to be sent and never signed", async () => {
    await write([BEGUN, ABOUT_TO_SEND], []);
    await settleJournal(directory, node("new"));
    expect(await linesOf(journalPath(directory))).to.deep.equal([BEGUN]);
  });

  for (const takes of ["new", "known"] as const) {
    it(`tells Ignition of what was signed, when the node has it ${takes === "new" ? "now" : "already"}`, async () => {
      await write([BEGUN, ABOUT_TO_SEND], [{ nonce: 7, hash, raw }]);
      await settleJournal(directory, node(takes));
      expect(await linesOf(journalPath(directory))).to.deep.equal([BEGUN, ABOUT_TO_SEND, told()]);
      expect(await linesOf(sentPath(directory))).to.have.length(1);
    });
  }

  it("forgets what was signed and no node takes, so that it is never sent later", async () => {
    await write([BEGUN, ABOUT_TO_SEND], [{ nonce: 7, hash, raw }]);
    await settleJournal(directory, node("nothing"));
    expect(await linesOf(journalPath(directory))).to.deep.equal([BEGUN]);
    expect(await linesOf(sentPath(directory))).to.deep.equal([]);
  });

  it("sends nothing of what the journal knows, and leaves it as it is", async () => {
    const messages = [BEGUN, ABOUT_TO_SEND, told()];
    await write(messages, [{ nonce: 7, hash, raw }]);
    const asked = node("new");
    await settleJournal(directory, asked);
    expect(await linesOf(journalPath(directory))).to.deep.equal(messages);
    expect(asked.asked).to.deep.equal([]);
  });

  it("takes half a line of what was signed for nothing", async () => {
    await write([BEGUN, ABOUT_TO_SEND], []);
    await writeFile(sentPath(directory), `{"nonce":7,"ha`);
    await settleJournal(directory, node("new"));
    expect(await linesOf(journalPath(directory))).to.deep.equal([BEGUN]);
  });

  it("has what asked for no transaction yet begin again, and nothing else", async () => {
    const first = { type: "CALL_EXECUTION_STATE_INITIALIZE", futureId: "A" };
    const second = { type: "DEPLOYMENT_EXECUTION_STATE_INITIALIZE", futureId: "B" };
    const whole = { type: "CONTRACT_AT_EXECUTION_STATE_INITIALIZE", futureId: "C" };
    await write([first, BEGUN, second, whole], []);
    await settleJournal(directory, node("new"));
    expect(await linesOf(journalPath(directory))).to.deep.equal([first, BEGUN, whole]);
  });

  it("has nothing to do before the first process", async () => {
    await settleJournal(join(directory, "none"), node("new"));
  });
});
