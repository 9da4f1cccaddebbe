import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { least } from "../../../numerics/extremes.ts";
import { encodeCheckpointProof } from "../../../protocol/checkpoint.ts";
import type { MerkleTree } from "../../../protocol/MerkleTree.ts";
import type { Fact } from "../Fact.ts";
import type { ProverModules } from "../ProofScheme.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { quorum } from "../quorum.ts";
import { type Question, type Testimony, Witnesses } from "../Witnesses.ts";
import { checkpointVouching } from "./checkpointVouching.ts";

const KIND = "checkpoint";
/** Kept checkpoints that are looked at for one that the validators of now signed. */
const MOST_LOOKED_AT = 8;
/** A later checkpoint proves all that an earlier one does; so many messages back some are kept for who audits. */
const KEPT_MESSAGES = 100_000;

/** A checkpoint with as many signatures as a gateway wants, in its order. */
export interface QuorumCheckpoint extends Fact {
  signatures: string[];
}

/**
 * Gathers validators' signatures until a checkpoint has enough of them. Sources
 * may lie or be silent: only signatures that are true, and of the outbox as this
 * relayer read it, are kept.
 */
export class CheckpointProver implements Prover {
  readonly #modules: ProverModules;
  readonly #witnesses: Witnesses;
  /** Contradictions that were told. */
  readonly #told = new Set<string>();

  constructor(modules: ProverModules) {
    this.#modules = modules;
    this.#witnesses = new Witnesses({ kind: KIND, vouching: checkpointVouching }, modules);
  }

  async prepare({ origin, tree, set, waiting, asker }: ProvenRoute): Promise<Provable | undefined> {
    const provable = () => {
      const best = this.best(origin.chainId, set);
      return best && { best, messages: waiting.filter(({ nonce }) => nonce <= best.place) };
    };
    let found = provable();
    if (found === undefined || found.messages.length === 0) {
      const from = least(waiting.map(({ nonce }) => nonce));
      await this.gather({ origin, tree, set, from, asker });
      found = provable();
    }
    if (found === undefined || found.messages.length === 0) return undefined;
    const { best, messages } = found;
    // A checkpoint of a history that was reorganized away since proves nothing.
    if (best.place >= tree.count || tree.root(best.place + 1) !== best.hash) return undefined;
    const { place: index, signatures } = best;
    return {
      messages,
      prove: async (some) => {
        const siblings = tree.multiProof(
          some.map(({ nonce }) => nonce),
          index + 1,
        );
        return encodeCheckpointProof({ index, ...set, signatures, siblings });
      },
    };
  }

  /** The newest kept checkpoint that enough of a set signed. */
  best(origin: bigint, set: ValidatorSet): QuorumCheckpoint | undefined {
    for (const { signatures, ...fact } of this.#modules.store.facts.newest(KIND, origin, MOST_LOOKED_AT)) {
      const found = quorum(signatures, set);
      if (found !== undefined) return { ...fact, signatures: found };
    }
    return undefined;
  }

  /** Asks for checkpoints at or after `from`, and keeps the newest that enough of a set signed. */
  async gather({ tree, ...question }: Question & { tree: MerkleTree }): Promise<void> {
    const { origin, set } = question;
    const { store } = this.#modules;
    await this.#witnesses.ask(question, (said) => {
      const known = said.filter(({ place }) => place < tree.count);
      const isOwn = ({ place, hash }: Fact) => hash === tree.root(place + 1);
      for (const testimony of known) if (!isOwn(testimony)) this.#watch(origin, testimony, set);
      const best = this.best(origin.chainId, set)?.place ?? -1;
      const own = known.filter((testimony) => testimony.place > best && isOwn(testimony));
      for (const testimony of own.sort((a, b) => b.place - a.place)) {
        const proven = this.#witnesses.prove(origin, testimony, set);
        if (proven === undefined) continue;
        const block = store.messages.message(origin.chainId, proven.place)?.blockNumber;
        store.facts.keep(KIND, origin.chainId, proven, { block, forgetBefore: proven.place - KEPT_MESSAGES });
        return true;
      }
      return false;
    });
  }

  /** Keeps what enough validators signed of another history than the one read here: it may show a contradiction. */
  #watch(origin: GatewayClient, testimony: Testimony, set: ValidatorSet): void {
    const { store, listener } = this.#modules;
    const proven = this.#witnesses.prove(origin, testimony, set);
    if (proven === undefined) return;
    store.facts.keep(KIND, origin.chainId, proven);
    const { place } = proven;
    const pair = store.facts.contradictions(KIND, origin.chainId).find(([one]) => one.place === place);
    if (pair === undefined || this.#told.has(`${origin.name} ${place}`)) return;
    this.#told.add(`${origin.name} ${place}`);
    const facts = pair.map((one) => ({ place, hash: one.hash }));
    listener({ type: "contradiction-found", kind: KIND, chain: origin.name, facts });
  }
}
