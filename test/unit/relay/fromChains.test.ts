import { expect } from "chai";

import { wholeMessageId } from "../../../relay/proofs/searchMessage.ts";
import { readFromChains, statusFromChains } from "../../../scripts/commands/relay/fromChains.ts";
import type { RelayView } from "../../../scripts/commands/relay/relayView.ts";
import { rejected } from "../thrown.ts";
import { FakeChain } from "./FakeChain.ts";

describe("messages from the chains alone", () => {
  let chain: FakeChain;
  const chains = () => [{ gateway: chain.gateway, fromBlock: 0 }];

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
