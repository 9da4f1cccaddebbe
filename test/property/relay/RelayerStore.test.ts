import { expect } from "chai";
import fc from "fast-check";

import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import type { Outcome } from "../../../relay/store/SubmissionTable.ts";
import { runs } from "../../tier.ts";
import { blockHash, DESTINATION, delivery, mark, message, ORIGIN } from "../../unit/relay/samples.ts";

const OWN = { origin: ORIGIN, destination: DESTINATION, lane: "network" } as const;
const ACCOUNT = `0x${"ac".repeat(20)}`;
const NONCES = 8;

const nonce = fc.nat(NONCES - 1);
const nonces = fc
  .uniqueArray(nonce, { minLength: 1, maxLength: 4 })
  .map((list) => list.sort((a, b) => a - b));
const action = fc.oneof(
  fc.record({ type: fc.constant("sent" as const), count: fc.nat(3) }),
  fc.record({ type: fc.constant("origin-reorganized" as const), depth: fc.nat(4) }),
  fc.record({ type: fc.constant("delivered" as const), nonces: fc.uniqueArray(nonce, { maxLength: 3 }) }),
  fc.record({ type: fc.constant("destination-reorganized" as const), depth: fc.nat(4) }),
  fc.record({ type: fc.constant("noted" as const), nonce }),
  fc.record({ type: fc.constant("confirmed" as const), back: fc.nat(3), gone: fc.boolean() }),
  fc.record({ type: fc.constant("failed" as const), nonce, wait: fc.nat(20) }),
  fc.record({ type: fc.constant("retried" as const), nonce }),
  fc.record({ type: fc.constant("submitted" as const), nonces }),
  fc.record({
    type: fc.constant("mined" as const),
    which: fc.nat(5),
    ahead: fc.nat(2),
    outcome: fc.constantFrom<Outcome>("delivered", "refused", "passed-over"),
  }),
  fc.record({ type: fc.constant("unmined" as const), which: fc.nat(5) }),
  fc.record({
    type: fc.constant("closed" as const),
    which: fc.nat(5),
    state: fc.constantFrom("final" as const, "replaced" as const),
  }),
);

/** What a relayer knows, in the plainest form: what is open is worked out anew whenever it is asked for. */
interface Model {
  origin: number[];
  destination: number[];
  messages: { block: number; nextAt: number; attempts: number }[];
  deliveries: Map<number, { block: number; hash: string; final: boolean }>;
  submissions: { number: number; isOpen: boolean; messages: Map<number, Outcome | undefined> }[];
}

describe("RelayerStore, whatever happens", () => {
  it("knows what a plain model knows", () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 40 }),
        fc.integer({ min: 1, max: NONCES }),
        (actions, limit) => {
          const store = new RelayerStore(":memory:");
          store.messages.knowApplications(undefined);
          const model: Model = {
            origin: [],
            destination: [],
            messages: [],
            deliveries: new Map(),
            submissions: [],
          };
          let time = 0;
          let forks = 0;
          for (const each of actions) {
            time += 5;
            act(store, model, each, { time, fork: `/${++forks}` });
            judge(store, model, { time, limit });
          }
          store.close();
        },
      ),
      runs(400),
    );
  });
});

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function act(
  store: RelayerStore,
  model: Model,
  each: Action,
  { time, fork }: { time: number; fork: string },
): void {
  const { origin, destination, messages, deliveries, submissions } = model;
  const blockOf = (chain: readonly number[]) => (chain.at(-1) ?? 0) + 1;
  const here = destination.at(-1) ?? 0;
  switch (each.type) {
    case "sent": {
      const block = blockOf(origin);
      const first = messages.length;
      const count = Math.min(each.count, NONCES - first);
      const sent = Array.from({ length: count }, (_, i) => message(first + i, { block }));
      store.advance(ORIGIN, mark(block), sent, []);
      origin.push(block);
      for (let i = 0; i < count; i++) messages.push({ block, nextAt: 0, attempts: 0 });
      return;
    }
    case "origin-reorganized": {
      origin.length = Math.max(0, origin.length - each.depth);
      const to = origin.at(-1);
      store.rewind(ORIGIN, to === undefined ? undefined : mark(to));
      model.messages = messages.filter(({ block }) => block <= (to ?? -1));
      return;
    }
    case "delivered": {
      const block = blockOf(destination);
      store.advance(
        DESTINATION,
        mark(block),
        [],
        each.nonces.map((n) => delivery(n, block)),
      );
      destination.push(block);
      for (const n of each.nonces) deliveries.set(n, { block, hash: blockHash(block), final: false });
      return;
    }
    case "destination-reorganized": {
      destination.length = Math.max(0, destination.length - each.depth);
      const to = destination.at(-1);
      store.rewind(DESTINATION, to === undefined ? undefined : mark(to));
      for (const [n, { block }] of [...deliveries]) if (block > (to ?? -1)) deliveries.delete(n);
      return;
    }
    case "noted":
      store.deliveries.note(DESTINATION, delivery(each.nonce, here));
      // What an event told stays.
      if (!deliveries.has(each.nonce))
        deliveries.set(each.nonce, { block: here, hash: blockHash(here), final: false });
      return;
    case "confirmed": {
      const block = here - each.back;
      const hash = each.gone ? blockHash(block, fork) : blockHash(block);
      store.deliveries.confirm(DESTINATION, { number: block, hash });
      for (const [n, one] of [...deliveries]) {
        if (one.block !== block) continue;
        if (one.hash === hash) one.final = true;
        else deliveries.delete(n);
      }
      return;
    }
    case "failed": {
      const nextAt = time + each.wait;
      store.messages.fail([{ origin: ORIGIN, nonce: each.nonce, reason: "no", isPermanent: false, nextAt }]);
      const one = messages[each.nonce];
      if (one !== undefined) Object.assign(one, { nextAt, attempts: one.attempts + 1 });
      return;
    }
    case "retried": {
      const one = messages[each.nonce];
      const isOpen = one !== undefined && !deliveries.has(each.nonce);
      expect(store.messages.retry(ORIGIN, each.nonce)).to.equal(Number(isOpen));
      if (isOpen) one.nextAt = 0;
      return;
    }
    case "submitted": {
      const number = store.submissions.create(
        {
          chain: DESTINATION,
          account: ACCOUNT,
          nonce: submissions.length,
          origin: ORIGIN,
          data: "0x",
          gas: 1n,
          createdAt: time,
        },
        each.nonces,
        {
          hash: `0x${submissions.length}`,
          raw: "0x",
          maxFeePerGas: 1n,
          maxPriorityFeePerGas: 1n,
          sentAt: time,
        },
      );
      submissions.push({ number, isOpen: true, messages: new Map(each.nonces.map((n) => [n, undefined])) });
      return;
    }
    case "mined": {
      const submission = submissions[each.which];
      if (!submission?.isOpen) return;
      // Receipts can be ahead of the events that were read, and of blocks that go again.
      const block = {
        number: here + each.ahead,
        hash: blockHash(here + each.ahead, each.ahead > 0 ? fork : ""),
      };
      const outcomes = new Map([...submission.messages.keys()].map((n) => [n, each.outcome]));
      store.submissions.setMined(submission.number, { block, transactionHash: "0x", outcomes });
      submission.messages = outcomes;
      if (each.outcome !== "delivered") return;
      for (const n of outcomes.keys()) {
        if (messages[n] !== undefined)
          deliveries.set(n, { block: block.number, hash: block.hash, final: false });
      }
      return;
    }
    case "unmined": {
      const submission = submissions[each.which];
      if (!submission?.isOpen) return;
      store.submissions.setMined(submission.number, undefined);
      for (const n of submission.messages.keys()) submission.messages.set(n, undefined);
      return;
    }
    case "closed": {
      const submission = submissions[each.which];
      if (submission === undefined) return;
      store.submissions.close(submission.number, each.state);
      submission.isOpen = false;
    }
  }
}

function judge(store: RelayerStore, model: Model, { time, limit }: { time: number; limit: number }): void {
  const { messages, deliveries, submissions } = model;
  const all = messages.map((one, n) => ({ ...one, nonce: n, isOpen: !deliveries.has(n) }));
  const isUnderWay = (n: number) =>
    submissions.some(
      ({ isOpen, messages: carried }) =>
        isOpen && carried.has(n) && (carried.get(n) ?? "delivered") === "delivered",
    );
  expect(store.ids(ORIGIN)).to.deep.equal(all.map(({ nonce: n }) => message(n).id));
  expect(store.cursor(ORIGIN)?.number).to.equal(model.origin.at(-1));
  expect(store.cursor(DESTINATION)?.number).to.equal(model.destination.at(-1));
  for (const { nonce: n, isOpen, attempts, nextAt } of all) {
    expect(store.messages.message(ORIGIN, n)).to.include({ isOpen, attempts, nextAt });
  }
  for (let n = 0; n < NONCES; n++) {
    const [kept, expected] = [store.deliveries.delivery(ORIGIN, n), deliveries.get(n)];
    expect(kept && { block: kept.blockNumber, hash: kept.blockHash, final: kept.isFinal }).to.deep.equal(
      expected,
    );
  }
  const open = all.filter(({ isOpen }) => isOpen);
  expect(store.messages.list({ openOnly: true, limit: 99 }).map(({ nonce: n }) => n)).to.deep.equal(
    open.map(({ nonce: n }) => n),
  );
  const failing = open.filter(({ attempts }) => attempts > 0).length;
  expect(store.routes.counts()).to.deep.equal(
    all.length === 0 ? [] : [{ ...OWN, sent: all.length, open: open.length, failing }],
  );
  const due = open.filter(({ nonce: n, nextAt }) => nextAt <= time && !isUnderWay(n));
  const fresh = due.filter(({ nextAt }) => nextAt === 0);
  const failed = due.filter(({ nextAt }) => nextAt > 0).sort((a, b) => a.nextAt - b.nextAt);
  expect(store.messages.waiting(OWN, { now: time, limit }).map(({ nonce: n }) => n)).to.deep.equal(
    [...fresh.slice(0, limit), ...failed.slice(0, limit)].map(({ nonce: n }) => n),
  );
}
