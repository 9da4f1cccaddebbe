import { expect } from "chai";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { encodeMessage } from "../../../protocol/messages.ts";
import { unreadMessages } from "../../../relay/unreadMessages.ts";
import { messageKind } from "../../../scripts/commands/relay/messageKind.ts";
import { relayStanding } from "../../../scripts/commands/relay/relayStanding.ts";
import { networkExample } from "../chains/networkExample.ts";

const NONE = [
  { origin: "main", count: 0 },
  { origin: "relay", count: 0 },
];

describe("how a relay stands", () => {
  it("is well when it runs, or nothing is there to carry", () => {
    for (const isRunning of [true, false]) {
      const standing = relayStanding({ unread: NONE, isRunning, open: 0 });
      expect(standing).to.include({ ok: true, text: "Nothing is open." });
    }
    expect(relayStanding({ unread: NONE, isRunning: true, open: 3 })).to.deep.equal({
      ok: true,
      warnings: [],
      text: undefined,
    });
  });

  it("is not well when it is dead and a message waits that it never read", () => {
    const unread = [{ origin: "main", count: 1 }, NONE[1]!];
    const standing = relayStanding({ unread, isRunning: false, open: 0 });
    expect(standing.ok).to.equal(false);
    expect(standing.text).to.equal(undefined);
    expect(standing.warnings).to.deep.equal([
      "1 message of main waits that this relayer has not read.",
      "This relayer is not running: ./freshet relay start, or ./freshet up, starts it.",
    ]);
    expect(relayStanding({ unread: NONE, isRunning: false, open: 1 }).ok).to.equal(false);
  });

  it("does not call nothing open what it cannot know", () => {
    const unread = [{ origin: "main", unknown: "main does not answer" }, NONE[1]!];
    const standing = relayStanding({ unread, isRunning: false, open: 0 });
    expect(standing.ok).to.equal(false);
    expect(standing.text).to.equal("Nothing is open of what this relayer has read.");
    expect(standing.warnings[0]).to.equal(
      "main does not answer: whether it has sent anything since is not known.",
    );
  });

  it("compares what was sent with what was read", async () => {
    const hash = "0x01";
    const gateway = {
      chainId: 1n,
      name: "main",
      header: async () => ({ hash }) as never,
      outbox: async () => ({ root: "0x", count: 5 }),
    };
    const store = (read: number, mark = hash) =>
      ({
        cursor: () => ({ number: 9, hash: mark }),
        messages: { count: () => read },
      }) as never;
    expect(await unreadMessages(gateway, store(3))).to.deep.equal({ count: 2 });
    expect(await unreadMessages(gateway, store(5))).to.deep.equal({ count: 0 });
    expect(await unreadMessages(gateway, store(5, "0x02"))).to.deep.equal({
      unknown: "main is not the chain any more that this relayer read",
    });
    const silent = { ...gateway, outbox: () => Promise.reject(new RpcUnavailable("no answer")) };
    expect(await unreadMessages(silent, store(5))).to.deep.equal({ unknown: "main does not answer" });
  });

  it("tells the kind of a task's message, and nothing of a stranger's", () => {
    const network = networkExample();
    const at = (address: string) => formatInteroperable({ chainId: BigInt(network.main.chainId), address });
    const own = network.main.contracts.applications.tasks;
    const payload = encodeMessage({
      kind: "CommitsClosed",
      body: { chainId: 4n, task: 1n, round: 0, committed: 2 },
    });
    const message = { nonce: 0, recipient: at(own), payload };
    expect(messageKind({ ...message, sender: at(own) }, network)).to.equal("CommitsClosed");
    expect(messageKind({ ...message, sender: at(own), payload: "0x01" }, network)).to.equal("–");
    expect(messageKind({ ...message, sender: at(network.main.contracts.gateway) }, network)).to.equal("–");
  });
});
