import { expect } from "chai";

import { type MessageState, messageStatus } from "../../../relay/messageStatus.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { announcement, DESTINATION, delivery, mark, message, ORIGIN } from "./samples.ts";

const ACCOUNT = `0x${"ac".repeat(20)}`;
const CHAINS = new Set([ORIGIN, DESTINATION]);

describe("messageStatus", () => {
  let store: RelayerStore;

  beforeEach(() => {
    store = new RelayerStore(":memory:");
    store.messages.knowApplications(undefined);
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1].map((nonce) => message(nonce)),
      [],
    );
    store.facts.keep("checkpoint", ORIGIN, { place: 0, hash: "0x01", signatures: {} }, { block: 0 });
  });
  afterEach(() => store.close());

  const status = (nonce = 0, options: { chains?: ReadonlySet<bigint>; now?: number } = {}) =>
    messageStatus(store, store.messages.message(ORIGIN, nonce)!, {
      chains: CHAINS,
      now: 0,
      ...options,
    });
  const submit = (hash: string): number =>
    store.submissions.create(
      { chain: DESTINATION, account: ACCOUNT, nonce: 4, origin: ORIGIN, data: "0x", gas: 1n, createdAt: 0 },
      [0],
      { hash, raw: "0x", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 0 },
    );
  const fail = (isPermanent: boolean, nextAt = 2500) =>
    store.messages.fail([{ origin: ORIGIN, nonce: 0, reason: "It was refused.", isPermanent, nextAt }]);

  it("goes through all states of a message that arrives", () => {
    const states: MessageState[] = [status(1).state, status().state];
    fail(false);
    states.push(status().state);
    const number = submit("0xaa");
    states.push(status().state);
    const outcomes = new Map([[0, "delivered" as const]]);
    store.submissions.setMined(number, { block: mark(7), transactionHash: "0xaa", outcomes });
    states.push(status().state);
    store.deliveries.confirm(DESTINATION, mark(7));
    states.push(status().state);
    expect(states).to.deep.equal(["unproven", "ready", "retrying", "submitted", "delivered", "final"]);
    expect(status()).to.include({ why: "in block 7", transaction: "0xaa" });
  });

  it("is hidden until it is announced again", () => {
    store.announcements.hide(store.messages.message(ORIGIN, 0)!, mark(0), "It is too large.");
    expect(status().state).to.equal("hidden");
    expect(status().why).to.match(/too large to prove it by; it is due to be announced again$/);
    store.submissions.create(
      { chain: ORIGIN, account: ACCOUNT, nonce: 6, origin: ORIGIN, data: "0x", gas: 1n, createdAt: 0 },
      [0],
      { hash: "0xbb", raw: "0x", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 0 },
    );
    expect(status().why).to.contain(`transaction 6 of ${ACCOUNT} on its own chain has it announced again`);
    store.advance(ORIGIN, mark(12), [], [], [announcement(0, 11)]);
    expect(status().state).not.to.equal("hidden");
    store.messages.knowApplications([]);
    store.announcements.hide(store.messages.message(ORIGIN, 1)!, mark(1), "It is too large.");
    expect(status(1)).to.include({ state: "hidden" });
    expect(status(1).why).to.match(/self-relay has it announced again and delivers it$/);
  });

  it("is unroutable on no chain of the network", () => {
    expect(status(0, { chains: new Set([ORIGIN]) }).state).to.equal("unroutable");
    const { destination, ...rest } = message(2);
    expect(destination).to.equal(DESTINATION);
    store.advance(ORIGIN, mark(10), [{ ...rest, destination: undefined }], []);
    expect(status(2).state).to.equal("unroutable");
  });

  it("says up to where is proven", () => {
    expect(status(1).why).to.contain("proven up to 0");
    store.rewind(ORIGIN, undefined);
    store.advance(ORIGIN, mark(9), [message(0)], []);
    expect(status(0)).to.include({ state: "unproven" });
    expect(status(0).why).to.contain("none is proven");
  });

  it("is proven by its own block where blocks are attested", () => {
    store.rewind(ORIGIN, undefined);
    store.advance(ORIGIN, mark(9), [message(0), message(1)], []);
    store.facts.keep("header", ORIGIN, { place: 0, hash: mark(0).hash, signatures: {} });
    store.facts.keep("header", ORIGIN, { place: 1, hash: mark(1, "fork").hash, signatures: {} });
    expect(status(0).state).to.equal("ready");
    expect(status(1)).to.include({
      state: "unproven",
      why: "its block is not final, or too few validators signed",
    });
  });

  it("is left to others when its recipient is not paid for, unless somebody delivers it", () => {
    store.messages.knowApplications([]);
    expect(status(0).state).to.equal("left-to-others");
    store.messages.knowApplications([message(0).recipient.toUpperCase().replace("0X", "0x")]);
    expect(status(0).state).to.equal("ready");
    expect(status(0).why).to.contain("strangers");
    store.messages.knowApplications([message(0).recipient, message(0).sender]);
    expect(status(0).why).to.equal("proven and due");
    store.messages.knowApplications([]);
    store.advance(DESTINATION, mark(3), [], [delivery(0, 3)]);
    expect(status(0)).to.include({
      state: "delivered",
      transaction: delivery(0, 3).transactionHash,
    });
  });

  it("tells when a failed one is tried again, and whether that will help", () => {
    fail(false);
    expect(status(0, { now: 1000 }).why).to.equal("It was refused. Attempt 2 in 2 s.");
    expect(status(0, { now: 9000 }).why).to.equal("It was refused. Attempt 2 now.");
    fail(true);
    expect(status()).to.include({ state: "failing" });
    store.messages.retry();
    expect(status().why).to.contain("Attempt 3 now");
  });

  it("tells which transaction a submitted one is in, and of a refusal in its block", () => {
    const number = submit("0xaa");
    store.submissions.addVariant(number, {
      hash: "0xbb",
      raw: "0x",
      maxFeePerGas: 2n,
      maxPriorityFeePerGas: 2n,
      sentAt: 9,
    });
    expect(status()).to.include({ state: "submitted", transaction: "0xbb" });
    expect(status().why).to.contain("bid 2, is not in a block");
    store.submissions.setMined(number, {
      block: mark(7),
      transactionHash: "0xbb",
      outcomes: new Map([[0, "refused" as const]]),
    });
    expect(status().state).to.equal("ready");
    store.submissions.close(number, "final");
    expect(status().state).to.equal("ready");
    submit("0xcc");
    expect(status()).to.include({ state: "submitted", transaction: "0xcc" });
  });

  it("is submitted no more once its nonce is another's", () => {
    store.submissions.close(submit("0xaa"), "replaced");
    expect(status().state).to.equal("ready");
  });
});
