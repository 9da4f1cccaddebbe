import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { encodeCheckpointProof } from "../../../protocol/checkpoint.ts";
import type { MerkleTree } from "../../../protocol/MerkleTree.ts";
import type { Fact } from "../Fact.ts";
import { gatherVouchers, type Testimony } from "../gatherVouchers.ts";
import type { ProverModules } from "../ProofScheme.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { proveFact } from "../proveFact.ts";
import { quorum } from "../quorum.ts";
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
  /** Contradictions that were told. */
  readonly #told = new Set<string>();

  constructor(modules: ProverModules) {
    this.#modules = modules;
  }

  async prepare({ origin, tree, set, open }: ProvenRoute): Promise<Provable | undefined> {
    let checkpoint = this.best(origin.chainId, set);
    if (checkpoint === undefined || checkpoint.place < open.highest) {
      await this.gather(origin, tree, open.lowest, set);
      checkpoint = this.best(origin.chainId, set);
    }
    // A checkpoint of a history that was reorganized away since proves nothing.
    if (checkpoint === undefined || checkpoint.place >= tree.count) return undefined;
    if (tree.root(checkpoint.place + 1) !== checkpoint.hash) return undefined;
    const { place: index, signatures } = checkpoint;
    return {
      index,
      together: (messages) => messages,
      prove: async (messages) => {
        const siblings = tree.multiProof(
          messages.map(({ nonce }) => nonce),
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

  /** Asks the sources for checkpoints at or after `index` and keeps the newest that enough of a set signed. */
  async gather(origin: GatewayClient, tree: MerkleTree, index: number, set: ValidatorSet): Promise<void> {
    const { store } = this.#modules;
    const gathered = await gatherVouchers({ kind: KIND }, { origin, from: index, set }, this.#modules);
    const known = gathered.filter(({ place }) => place < tree.count);
    const isOwn = ({ place, hash }: Fact) => hash === tree.root(place + 1);
    const others = known.filter((testimony) => !isOwn(testimony));
    for (const testimony of others) this.#watch(origin, testimony, set);
    for (const testimony of known.filter(isOwn).sort((a, b) => b.place - a.place)) {
      const proven = proveFact(checkpointVouching, domainOf(origin), testimony, set);
      if (proven === undefined) continue;
      const block = store.messages.message(origin.chainId, proven.place)?.blockNumber;
      store.facts.keep(KIND, origin.chainId, proven, { block, forgetBefore: proven.place - KEPT_MESSAGES });
      return;
    }
  }

  /** Keeps what enough validators signed of another history than the one read here: it may show a contradiction. */
  #watch(origin: GatewayClient, testimony: Testimony, set: ValidatorSet): void {
    const { store, listener } = this.#modules;
    const proven = proveFact(checkpointVouching, domainOf(origin), testimony, set);
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

function domainOf({ chainId, address: gateway }: GatewayClient) {
  return { chainId, gateway };
}
