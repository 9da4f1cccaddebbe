import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { proveReceipts } from "../../../chains/proofs/receiptProof.ts";
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
 * One proof covers messages of one block.
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
    // Attestations of validators that were replaced since are no longer enough: those of now are asked.
    const attested = () => waiting.find((message) => this.#signaturesOf(origin, message, set) !== undefined);
    let first = attested();
    if (first === undefined) {
      await this.#gather({ origin, set, asker, from: this.#next(waiting) }, waiting);
      first = attested();
    }
    if (first === undefined) return undefined;
    const { blockHash } = first;
    const signatures = this.#signaturesOf(origin, first, set) ?? [];
    return {
      messages: waiting.filter((message) => message.blockHash === blockHash),
      prove: async (messages) => {
        const proof = await proveReceipts(origin.rpc, {
          blockHash,
          gateway: origin.address,
          messageIds: messages.map(({ id }) => id),
        });
        return encodeHeaderProof(proof, signersPart({ ...set, signatures }));
      },
    };
  }

  /**
   * Number of the block from which on attestations are asked for: in turns that of the message that shall go first, and
   * the lowest, so that neither keeps the other from being asked for.
   */
  #next(waiting: readonly KnownMessage[]): number {
    const numbers = waiting.map(({ blockNumber }) => blockNumber);
    this.#asksLowest = !this.#asksLowest;
    return this.#asksLowest ? least(numbers) : numbers[0]!;
  }

  #signaturesOf(
    { chainId }: GatewayClient,
    { blockNumber, blockHash }: KnownMessage,
    set: ValidatorSet,
  ): string[] | undefined {
    const attested = this.#modules.store.facts.fact(KIND, chainId, blockNumber, blockHash);
    return attested && quorum(attested.signatures, set);
  }

  /**
   * Keeps the blocks that enough have attested: those of the messages that wait first, and some of the others, also of
   * another history than the one read here, as they may show a contradiction.
   */
  async #gather(question: Question, waiting: readonly KnownMessage[]): Promise<void> {
    const { origin, set } = question;
    const { facts } = this.#modules.store;
    const { chainId } = origin;
    const wanted = new Set(waiting.map(({ blockHash }) => blockHash));
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
