import { expect } from "chai";

import { AT_ONCE, type FinalityRule } from "../../../chains/clients/finality.ts";
import { wholeMessageId } from "../../../relay/proofs/searchMessage.ts";
import { readFromChains, statusFromChains } from "../../../scripts/commands/relay/fromChains.ts";
import type { RelayView } from "../../../scripts/commands/relay/relayView.ts";
import { rejected } from "../thrown.ts";
import { FakeChain } from "./FakeChain.ts";

describe("messages from the chains alone", () => {
  let chain: FakeChain;
  const chains = (finality: FinalityRule = AT_ONCE) => [
    { place: { finality }, gateway: chain.gateway, fromBlock: 0 },
  ];

  beforeEach(() => {
    chain = new FakeChain();
    chain.mine({ send: 6 });
  });

  it("tells every message's id and that it is open, without a relayer's database", async () => {
    const store = await readFromChains({ chains: chains() } as unknown as RelayView);
    try {
      const messages = store.messages.list({ openOnly: true, limit: 100 });
      expect(messages.map(({ id }) => id)).to.deep.equal(chain.head.leaves);
      const about = { chains: new Set([chain.chainId, messages[0]!.destination!]), now: 0 };
      expect(statusFromChains(store, messages[2]!, about)).to.deep.equal({
        state: "open",
        why: `not delivered yet; ./freshet relay self-relay ${chain.head.leaves[2]} delivers it`,
        transaction: undefined,
      });
    } finally {
      store.close();
    }
  });

  it("says of a delivery whether its block is final", async () => {
    const id = chain.head.leaves[0]!;
    const first = chain.mine({ send: 1, destination: chain.chainId });
    const nonce = first.leaves.length - 1;
    const own = first.leaves[nonce]!;
    const { number } = chain.mine({ deliver: [{ origin: chain.chainId, nonce, id: own }] });
    expect(own).to.not.equal(id);
    for (const [finality, why] of [
      [AT_ONCE, `in block ${number}`],
      [{ confirmations: 2 }, `in block ${number}, which is not final yet`],
    ] as const) {
      const store = await readFromChains({ chains: chains(finality) } as unknown as RelayView);
      const message = store.messages.list({ openOnly: false, limit: 100 }).find((one) => one.id === own)!;
      const told = statusFromChains(store, message, { chains: new Set([chain.chainId]), now: 0 });
      store.close();
      expect(told).to.include({ state: "delivered", why });
    }
  });

  it("finds a message by the first digits of its id", async () => {
    const id = chain.head.leaves[2]!;
    expect(await wholeMessageId(id.slice(0, 20), chains())).to.equal(id);
    expect(await wholeMessageId(id, [])).to.equal(id);
    expect((await rejected(wholeMessageId("0x0123456789abcdef", chains()))).code).to.equal(
      "MESSAGE_NOT_FOUND",
    );
    expect((await rejected(wholeMessageId("0x", chains()))).code).to.equal("NOT_A_MESSAGE_ID");
    expect((await rejected(wholeMessageId("message 3", chains()))).code).to.equal("NOT_A_MESSAGE_ID");
  });
});
