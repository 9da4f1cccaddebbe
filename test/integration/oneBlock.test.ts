import { expect } from "chai";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { hardhat } from "../../chains/networks/hardhat.ts";
import { localKey } from "../../chains/networks/localKeys.ts";

const CHAIN_ID = 41_498;
const PORT = 9349;
/** Far longer than any call takes to get to the node. */
const BLOCK_MILLISECONDS = 2000;

describe("a chain with a fixed time between blocks", () => {
  let client: ChainClient;
  let account: ChainAccount;
  const closing: (() => unknown)[] = [];

  before(async () => {
    const { network } = await hardhat();
    const node = await network.createServer(
      { network: "local", override: { chainId: CHAIN_ID } },
      "127.0.0.1",
      PORT,
    );
    await node.listen();
    closing.push(() => node.close());
    client = await ChainClient.connect({ name: "test", chainId: CHAIN_ID, url: `http://127.0.0.1:${PORT}` });
    closing.push(() => client.close());
    const key = localKey("device");
    await client.provider.send("hardhat_setBalance", [key.address, "0x56bc75e2d63100000"]);
    account = new ChainAccount(client, key);
    await client.provider.send("evm_setAutomine", [false]);
    await client.provider.send("evm_setIntervalMining", [BLOCK_MILLISECONDS]);
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  it("has a refresh and a commit that are due together in one block", async () => {
    // As those of a worker: one with fixed gas, one that is estimated.
    const to = localKey("keeper").address;
    const head = await client.header("latest");
    const receipts = await Promise.all([
      account.call("LearningSubchain.refresh", to, "0x01", { exactly: 300_000n }),
      account.call("LearningSubchain.commit", to, "0x02"),
    ]);
    const blocks = receipts.map(({ block }) => block.number);
    expect(blocks[0]).to.equal(blocks[1]);
    // At most the next but one, should the first call come at the very end of a block's time.
    expect(blocks[0]).to.be.within(head.number + 1, head.number + 2);
    expect(await client.provider.getTransactionCount(account.address)).to.equal(2);
  });
});
