import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { ReceiptTooLarge } from "../../../chains/proofs/ReceiptTooLarge.ts";
import { proveReceipts } from "../../../chains/proofs/receiptProof.ts";
import type { BlockMark } from "../../../chains/rpc/readHeader.ts";
import { least } from "../../../numerics/extremes.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderProof } from "../../../protocol/header.ts";
import type { KnownMessage } from "../../store/MessageTable.ts";
import type { ProverModules } from "../ProofScheme.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { quorum } from "../quorum.ts";
import { type Question, Witnesses } from "../Witnesses.ts";
import { findHeaderContradiction } from "./findHeaderContradiction.ts";
import { headerVouching } from "./headerVouching.ts";

const KIND = "header";
/** Most attested blocks that are looked at and kept at once beside those that are wanted. */
const MOST_OTHERS = 32;

/**
 * Proves messages under block headers that validators attested, by the receipts
 * of the transactions that sent them: for origins whose gateways keep no outbox.
 * One proof covers messages of one block. A message whose receipt is too large is
 * proven by a block in which it was announced again.
 */
export class HeaderProver implements Prover {
  readonly #modules: ProverModules;
  readonly #witnesses: Witnesses;
  /** Chains whose contradiction was told. */
  readonly #told = new Set<bigint>();
  #asksLowest = false;

  constructor(modules: ProverModules) {
    this.#modules = modules;
    this.#witnesses = new Witnesses({ kind: KIND, vouching: headerVouching }, modules);
  }

  async prepare({ origin, set, waiting, asker }: ProvenRoute): Promise<Provable | undefined> {
    const { announcements } = this.#modules.store;
    const placed = waiting.flatMap((message) =>
      announcements.placesOf(message).map((place) => ({ message, place })),
    );
    const places = placed.map(({ place }) => place);
    if (places.length === 0) return undefined;
    // Attestations of validators that were replaced since are no longer enough: those of now are asked.
    const attested = () => places.find((place) => this.#signaturesOf(origin, place, set) !== undefined);
    let first = attested();
    if (first === undefined) {
      await this.#gather({ origin, set, asker, from: this.#next(places) }, places);
      first = attested();
    }
    if (first === undefined) return undefined;
    const block = first;
    const signatures = this.#signaturesOf(origin, block, set) ?? [];
    return {
      messages: placed.filter(({ place }) => place.hash === block.hash).map(({ message }) => message),
      prove: async (messages) => {
        const proof = await this.#prove(origin, block, messages);
        return encodeHeaderProof(proof, signersPart({ ...set, signatures }));
      },
    };
  }

  /** Proves messages by a block's receipts, and keeps which of them cannot be. */
  async #prove(origin: GatewayClient, block: BlockMark, messages: readonly KnownMessage[]) {
    try {
      return await proveReceipts(origin.rpc, {
        blockHash: block.hash,
        gateway: origin.address,
        messageIds: messages.map(({ id }) => id),
      });
    } catch (error) {
      if (error instanceof ReceiptTooLarge) {
        for (const message of messages) {
          if (!error.messageIds.includes(message.id)) continue;
          this.#modules.store.announcements.hide(message, block, error.shortMessage);
        }
      }
      throw error;
    }
  }

  /**
   * Number of the block from which on attestations are asked for: in turns that of the message that shall go first, and
   * the lowest, so that neither keeps the other from being asked for.
   */
  #next(places: readonly BlockMark[]): number {
    const numbers = places.map(({ number }) => number);
    this.#asksLowest = !this.#asksLowest;
    return this.#asksLowest ? least(numbers) : numbers[0]!;
  }

  #signaturesOf(
    { chainId }: GatewayClient,
    { number, hash }: BlockMark,
    set: ValidatorSet,
  ): string[] | undefined {
    const attested = this.#modules.store.facts.fact(KIND, chainId, number, hash);
    return attested && quorum(attested.signatures, set);
  }

  /**
   * Keeps the blocks that enough have attested: those that prove the messages that wait first, and some of the others, also of
   * another history than the one read here, as they may show a contradiction.
   */
  async #gather(question: Question, places: readonly BlockMark[]): Promise<void> {
    const { origin, set } = question;
    const { facts } = this.#modules.store;
    const { chainId } = origin;
    const wanted = new Set(places.map(({ hash }) => hash));
    let isNew = false;
    let others = MOST_OTHERS;
    await this.#witnesses.ask(question, (said) => {
      let isEnough = false;
      const [first, rest] = [true, false].map((is) => said.filter(({ hash }) => wanted.has(hash) === is));
      for (const testimony of [...first!, ...rest!]) {
        const isWanted = wanted.has(testimony.hash);
        if (!isWanted && others === 0) break;
        const { place, hash } = testimony;
        const kept = facts.fact(KIND, chainId, place, hash);
        if (kept !== undefined && quorum(kept.signatures, set) !== undefined) continue;
        const proven = this.#witnesses.prove(origin, testimony, set);
        if (proven === undefined) continue;
        if (!isWanted) others--;
        isEnough ||= isWanted;
        isNew ||= kept === undefined;
        facts.keep(KIND, chainId, proven);
      }
      return isEnough;
    });
    if (isNew) await this.#watch(origin);
  }

  /** Tells when what enough validators attested contradicts itself. */
  async #watch(origin: GatewayClient): Promise<void> {
    const { store, listener } = this.#modules;
    if (this.#told.has(origin.chainId)) return;
    try {
      const found = await findHeaderContradiction(origin, store.facts);
      if (found === undefined) return;
      this.#told.add(origin.chainId);
      const facts = [found.earlier, found.later].map(({ place, hash }) => ({ place, hash }));
      listener({ type: "contradiction-found", kind: KIND, chain: origin.name, facts });
    } catch (error) {
      // Messages are delivered whether or not the node tells of other histories.
      if (!(error instanceof BaseError)) throw error;
      listener({ type: "trouble", chain: origin.name, doing: "comparing attested blocks", error });
    }
  }
}
