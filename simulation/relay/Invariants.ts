import { dataSlice } from "ethers";

import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import type { SimulatedChain } from "../chains/SimulatedChain.ts";
import type { HistoricMessage } from "./History.ts";
import type { RelayWorld } from "./RelayWorld.ts";

/** What a chain has at a place that validators vouch for, by the kind of proof. */
const TRUTHS: Record<
  ProofKind,
  (origin: { chain: SimulatedChain; tree: MerkleTree }, place: number) => string | undefined
> = {
  checkpoint: ({ tree }, index) => (index < tree.count ? tree.root(index + 1) : undefined),
  header: ({ chain }, number) => chain.block(number)?.hash,
};
const NEVER = `0x${"ff".repeat(8)}`;

/** Some polls of validators and relayers and a block. */
const PUNCTUAL_MILLISECONDS = 20_000;

/**
 * What must hold in every schedule.
 *
 * 1. A message is delivered at most once, in whatever history a chain has.
 * 2. What is delivered was sent, in the history that the origin has now; if the schedule breaks the origin's finality
 *    rule, in some history that it had.
 * 3. No honest validator ever signs two histories, and each root is that of the outbox, unless the
 *    schedule breaks the origin's finality rule.
 * 4. Once the faults are over, every message whose recipient takes it is delivered. This is not asked of an origin
 *    whose validators signed what a reorganization beyond the rule took away: their silence is what protects it.
 * 5. A relayer's database holds every message up to the block that its cursor says was read, at all times.
 * 6. What the network sends once the faults are over is delivered within `PUNCTUAL_MILLISECONDS` of its block's being
 *    final, whatever strangers send before it and however slowly a validator answers that is not needed. This is not asked
 *    of origins whose finality rule the schedule breaks.
 * 7. Once the faults are over, every relayer's database says of every message what the chains say, and no transaction is left open.
 * 8. No relayer pays to have a stranger's message announced, nor one of the network's that nobody hid; this
 *    is not asked of chains that the schedule reorganizes, where a number may come to be another message's. So what strangers
 *    hide costs them alone, and of what the network sends invariants 2 and 4 hold whoever hides it.
 */
export class Invariants {
  readonly #world: RelayWorld;
  readonly #broken = new Set<string>();
  /** When messages' blocks were first seen to be final, by id, Unix time, milliseconds. */
  readonly #finalAt = new Map<string, number>();

  constructor(world: RelayWorld) {
    this.#world = world;
  }

  /** What did not hold at some time, each named once. */
  get violations(): string[] {
    return [...this.#broken];
  }

  /** Invariants 1 and 2, which must hold after every block. */
  checkDeliveries(): void {
    for (const origin of [0, 1]) {
      const sent = new Set(this.#sent(origin).map(({ id }) => id));
      const { delivered, received } = this.#deliveries(origin);
      for (const ids of [delivered, received]) {
        const seen = new Set<string>();
        for (const id of ids) {
          if (seen.has(id)) this.#break(`${this.#place(origin)} ${id} was delivered twice`);
          seen.add(id);
          const isKnown = this.#world.isBeyondPolicy(origin)
            ? this.#world.histories[origin]!.wasEverSent(id)
            : sent.has(id);
          if (!isKnown) this.#break(`${this.#place(origin)} ${id} was delivered, but not sent`);
        }
      }
    }
  }

  /** Invariant 5, which must hold after every block as well, whoever was killed when. */
  checkCursors(): void {
    for (const history of this.#world.histories) {
      const { chain } = history.place;
      for (const [i, { store }] of this.#world.relayers.entries()) {
        const cursor = store.cursor(chain.chainId);
        // A block that was replaced: the relayer will see that it was.
        if (cursor === undefined || chain.block(cursor.number)?.hash !== cursor.hash) continue;
        for (const { id, nonce } of history.sent(cursor.number)) {
          if (store.messages.message(chain.chainId, nonce)?.id === id) continue;
          this.#break(
            `relayer ${i} does not know message ${nonce} of ${chain.name}, though its cursor is past it`,
          );
        }
      }
    }
  }

  /** Invariant 6, which must hold at all times. */
  checkTimes(): void {
    const now = this.#world.clock.now();
    for (const origin of [0, 1]) {
      const { place } = this.#world.histories[origin]!;
      const late = this.#sent(origin).filter(
        ({ payload, block }) =>
          !isNever(payload) &&
          this.#world.isPunctual(origin, place.chain.block(block)!) &&
          this.#world.isFinal(place, block),
      );
      if (late.length === 0) continue;
      const delivered = new Set(this.#deliveries(origin).delivered);
      for (const { id } of late) {
        const since = this.#finalAt.get(id) ?? now;
        this.#finalAt.set(id, since);
        if (delivered.has(id) || now - since <= PUNCTUAL_MILLISECONDS) continue;
        this.#break(`${this.#place(origin)} ${id} was not delivered in time`);
      }
    }
  }

  /** Invariant 8, which must hold at all times. */
  checkAnnouncements(): void {
    for (const [i, { store, address }] of this.#world.relayers.entries()) {
      for (const [chain, { place }] of this.#world.histories.entries()) {
        const { chainId, name } = place.chain;
        if (this.#world.reorganizes(chain)) continue;
        for (const { origin, messages } of store.submissions.open(chainId, address)) {
          if (origin !== chainId) continue;
          for (const { nonce } of messages) {
            const known = store.messages.message(chainId, nonce);
            if (known?.isHidden === true && known.lane === "network") continue;
            this.#break(`relayer ${i} had message ${nonce} of ${name} announced, which need not be`);
          }
        }
      }
    }
  }

  /** Notes that the simulation itself could not go on. */
  fail(error: unknown): void {
    this.#break(
      `the simulation stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  /** Whether all that must be delivered is, and no more is under way. */
  get isDone(): boolean {
    return [0, 1].every((origin) => this.#missing(origin).length === 0) && this.#leftOpen().length === 0;
  }

  /** What of invariants 3, 4 and 7 is not so yet: after a while of quiet, nothing. */
  unmet(): string[] {
    const unmet = this.#world.signedTwice.map((what) => `two histories were signed: ${what}`);
    for (const origin of [0, 1]) {
      if (!this.#world.isBeyondPolicy(origin)) {
        for (const what of this.#contradictions(origin)) unmet.push(what);
      }
      for (const { id, nonce } of this.#missing(origin)) {
        unmet.push(`${this.#place(origin)} ${id} (nonce ${nonce}) was not delivered`);
      }
      for (const what of this.#wrongDatabases(origin)) unmet.push(what);
    }
    return [...unmet, ...this.#leftOpen()];
  }

  /** Messages that should have been delivered by now. */
  #missing(origin: number): HistoricMessage[] {
    const delivered = new Set(this.#deliveries(origin).delivered);
    const missing = this.#sent(origin).filter(({ id, payload }) => !delivered.has(id) && !isNever(payload));
    if (missing.length === 0 || !this.#world.isBeyondPolicy(origin)) return missing;
    return this.#contradictions(origin).length > 0 ? [] : missing;
  }

  /** What honest validators signed that is not so. */
  #contradictions(origin: number): string[] {
    const { chain, gateway } = this.#world.histories[origin]!.place;
    const tree = new MerkleTree(this.#sent(origin).map(({ id }) => id));
    const contradictions: string[] = [];
    for (const [i, { store, isLiar }] of this.#world.validators.entries()) {
      if (isLiar) continue;
      for (const [kind, truthOf] of Object.entries(TRUTHS)) {
        const where = { kind: kind as ProofKind, chainId: chain.chainId, gateway };
        const given = store.vouchers.from(where, 0, { limit: 1000, newestFirst: false });
        for (const { place, hash } of given) {
          if (truthOf({ chain, tree }, place) === hash) continue;
          contradictions.push(
            `validator ${i} vouched for a ${kind} of ${chain.name} that is not so: ${place}`,
          );
        }
      }
    }
    return contradictions;
  }

  #wrongDatabases(origin: number): string[] {
    const wrong: string[] = [];
    const { chainId } = this.#world.histories[origin]!.place.chain;
    const delivered = new Set(this.#deliveries(origin).delivered);
    const idOf = new Map(this.#world.histories[1 - origin]!.delivered().map(({ id, nonce }) => [nonce, id]));
    for (const [i, { store }] of this.#world.relayers.entries()) {
      for (const { id, nonce } of this.#sent(origin)) {
        const known = store.messages.message(chainId, nonce);
        // Its place was taken by a message of a history that is gone, which only a reorganization beyond the rule can do.
        if ((idOf.get(nonce) ?? id) !== id) continue;
        if (known?.id !== id) {
          wrong.push(`relayer ${i} does not know message ${nonce} of ${this.#place(origin)}`);
        } else if (known.isOpen === delivered.has(id)) {
          const says = known.isOpen ? "is still to be delivered" : "was delivered";
          wrong.push(`relayer ${i} says wrongly that message ${nonce} of ${this.#place(origin)} ${says}`);
        }
      }
    }
    return wrong;
  }

  #leftOpen(): string[] {
    return this.#world.relayers.flatMap(({ store, address }, i) =>
      this.#world.histories.flatMap(({ place: { chain } }) =>
        store.submissions
          .open(chain.chainId, address)
          .map(({ nonce }) => `relayer ${i} never settled its transaction ${nonce} on ${chain.name}`),
      ),
    );
  }

  #sent(origin: number): HistoricMessage[] {
    return this.#world.histories[origin]!.sent();
  }

  #deliveries(origin: number): { delivered: string[]; received: string[] } {
    const destination = this.#world.histories[1 - origin]!;
    return { delivered: destination.delivered().map(({ id }) => id), received: destination.received() };
  }

  #place(origin: number): string {
    return this.#world.histories[origin]!.place.chain.name;
  }

  #break(what: string): void {
    this.#broken.add(what);
  }
}

/** Whether a message is one that its recipient never takes. */
function isNever(payload: string): boolean {
  return dataSlice(payload, 8, 16) === NEVER;
}
