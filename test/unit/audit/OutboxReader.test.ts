import { expect } from "chai";

import { OutboxReader } from "../../../audit/evidence/OutboxReader.ts";
import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { encodeMessage, messageId } from "../../../protocol/messages.ts";
import { accountOf } from "./FakeChain.ts";

const APPLICATION = accountOf("application");
const of = (address: string) => formatInteroperable({ chainId: 1n, address });
const to = formatInteroperable({ chainId: 2n, address: APPLICATION });
const payloadOf = (task: bigint) =>
  encodeMessage({
    kind: "TaskEnded",
    body: { task, status: "Completed", globalModel: `0x${"11".repeat(32)}` },
  });

/** Events of one message. */
function sending(nonce: number, sender: string, payload: string, id?: string): [ChainEvent, ChainEvent] {
  const content = { sender: of(sender), recipient: to, payload };
  const sendId = id ?? messageId({ nonce, ...content });
  const place = { blockNumber: 10 + nonce, transactionHash: "0x" };
  return [
    { ...place, name: "MessageInserted", args: { messageId: sendId, nonce } },
    { ...place, name: "MessageSent", args: { sendId, ...content } },
  ] as unknown as [ChainEvent, ChainEvent];
}

function read(events: readonly ChainEvent[]) {
  const reader = new OutboxReader({ name: "main", application: APPLICATION, task: 1n });
  for (const event of events) reader.add(event);
  return reader.outbox({ root: "0x", count: 0 });
}

describe("audit: an outbox", () => {
  it("keeps the task's messages, of other tasks' where they were sent, of strangers' the ids", () => {
    const { messages, sentAt, tree, fault } = read([
      ...sending(0, accountOf("stranger"), payloadOf(1n)),
      ...sending(1, APPLICATION, payloadOf(2n)),
      ...sending(2, APPLICATION, payloadOf(1n)),
    ]);
    expect(fault).to.equal(undefined);
    expect(messages.map(({ nonce }) => nonce)).to.deep.equal([2]);
    expect([...sentAt.values()]).to.deep.equal([11, 12]);
    expect(tree.count).to.equal(3);
  });

  it("keeps what of Freshet's own contract is no message, for the check to name", () => {
    expect(read(sending(0, APPLICATION, "0x1234")).messages).to.have.length(1);
  });

  it("takes a message that was announced again, and again, for the same", () => {
    const first = sending(0, APPLICATION, payloadOf(1n));
    const second = sending(1, APPLICATION, payloadOf(1n));
    const { messages, tree, fault } = read([...first, first[0], ...second, first[0], second[0], second[0]]);
    expect(fault).to.equal(undefined);
    expect(messages.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    expect(tree.count).to.equal(2);
    // Not the id of one message under the number of another.
    const [{ args }] = first as unknown as [{ args: { messageId: string } }];
    const swapped = { ...second[0], args: { messageId: args.messageId, nonce: 1 } } as unknown as ChainEvent;
    expect(read([...first, ...second, swapped]).fault).to.match(
      /^Message 1 of main \(0x\w+\) was inserted without/,
    );
  });

  it("tells what is not as a gateway leaves it", () => {
    const wrong = `0x${"22".repeat(32)}`;
    const [inserted, sent] = sending(0, APPLICATION, payloadOf(1n));
    expect(read(sending(0, APPLICATION, payloadOf(1n), wrong)).fault).to.match(
      /^Message 0 of main states the id 0x2{64}, but its content hashes to 0x/,
    );
    expect(read(sending(1, APPLICATION, payloadOf(1n))).fault).to.match(
      /^main sent a message with nonce 1 \(0x\w+\) where nonce 0 was next/,
    );
    expect(read([sent!]).fault).to.match(/^main sent a message with nonce -1 /);
    expect(read([inserted!]).fault).to.match(/^Message 0 of main \(0x\w+\) was inserted without its content/);
    expect(read([inserted!, ...sending(1, APPLICATION, payloadOf(1n))]).fault).to.match(
      /^Message 0 of main \(0x\w+\) was inserted without its content/,
    );
  });
});
