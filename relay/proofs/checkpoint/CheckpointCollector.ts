import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { type Checkpoint, checkpointSigner, encodeCheckpointProof } from "../../../protocol/checkpoint.ts";
import type { MerkleTree } from "../../../protocol/MerkleTree.ts";
import type { RelayListener } from "../../RelayEvent.ts";
import type { ProvenCheckpoint, RelayerStore } from "../../store/RelayerStore.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { quorum } from "../quorum.ts";
import { askSources } from "./askSources.ts";
import type { CheckpointSource, SignedCheckpoint } from "./CheckpointSource.ts";
import { trueSignature } from "./trueSignature.ts";

/** A checkpoint with as many signatures as a gateway wants, in its order. */
export interface QuorumCheckpoint extends Checkpoint {
  signatures: string[];
}

/**
 * Gathers validators' signatures until a checkpoint has enough of them. Sources
 * may lie or be silent: only signatures that are true, and of the outbox as this
 * relayer read it, are kept.
 */
export class CheckpointCollector implements Prover {
  readonly #sources: readonly CheckpointSource[];
  readonly #store: RelayerStore;
  readonly #listener: RelayListener;
  /** Contradictions that were told. */
  readonly #told = new Set<string>();

  constructor(modules: {
    sources: readonly CheckpointSource[];
    store: RelayerStore;
    listener: RelayListener;
  }) {
    this.#sources = modules.sources;
    this.#store = modules.store;
    this.#listener = modules.listener;
  }

  async prepare({ origin, tree, set, open }: ProvenRoute): Promise<Provable | undefined> {
    let checkpoint = this.best(origin.chainId, set);
    if (checkpoint === undefined || checkpoint.index < open.highest) {
      await this.gather(origin, tree, open.lowest, set);
      checkpoint = this.best(origin.chainId, set);
    }
    // A checkpoint of a history that was reorganized away since proves nothing.
    if (checkpoint === undefined || checkpoint.index >= tree.count) return undefined;
    if (tree.root(checkpoint.index + 1) !== checkpoint.root) return undefined;
    const { index, signatures } = checkpoint;
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
    for (const { index, root, signatures } of this.#store.checkpoints(origin)) {
      const found = quorum(signatures, set);
      if (found !== undefined) return { index, root, signatures: found };
    }
    return undefined;
  }

  /** Asks the sources for checkpoints at or after `index` and keeps the newest that enough of a set signed. */
  async gather(origin: GatewayClient, tree: MerkleTree, index: number, set: ValidatorSet): Promise<void> {
    const answers = await askSources(
      this.#sources,
      set,
      (source) => source.signed(origin.chainId, origin.address, index),
      { chain: origin.name, listener: this.#listener },
    );
    const byIndex = new Map<number, { validator: string; signed: SignedCheckpoint }[]>();
    for (const { validator, answer } of answers) {
      for (const signed of answer) {
        if (signed.index < index || signed.index >= tree.count) continue;
        const list = byIndex.get(signed.index) ?? [];
        list.push({ validator, signed });
        byIndex.set(signed.index, list);
      }
    }
    this.#watch(origin, tree, byIndex, set);
    for (const at of [...byIndex.keys()].sort((a, b) => b - a)) {
      const checkpoint = { root: tree.root(at + 1), index: at };
      const proven = this.#prove(origin, checkpoint, byIndex.get(at)!, set);
      if (proven === undefined) continue;
      this.#store.saveCheckpoint(origin.chainId, proven);
      return;
    }
  }

  /** Keeps what enough validators signed of another history than the one read here: it may show a contradiction. */
  #watch(
    origin: GatewayClient,
    tree: MerkleTree,
    byIndex: ReadonlyMap<number, readonly { validator: string; signed: SignedCheckpoint }[]>,
    set: ValidatorSet,
  ): void {
    for (const [index, claims] of byIndex) {
      const own = tree.root(index + 1);
      for (const root of new Set(claims.map(({ signed }) => signed.root))) {
        if (root === own) continue;
        const proven = this.#prove(origin, { root, index }, claims, set);
        if (proven === undefined) continue;
        this.#store.saveWitness(origin.chainId, proven);
        const [pair] = this.#store.contradictions(origin.chainId).filter(([other]) => other.index === index);
        if (pair === undefined || this.#told.has(`${origin.name} ${index}`)) continue;
        this.#told.add(`${origin.name} ${index}`);
        this.#listener({
          type: "contradiction-found",
          chain: origin.name,
          index,
          roots: pair.map((one) => one.root),
        });
      }
    }
  }

  /** A checkpoint with its true signatures; undefined when too few of a set are among them. */
  #prove(
    origin: GatewayClient,
    checkpoint: Checkpoint,
    all: readonly { validator: string; signed: SignedCheckpoint }[],
    set: ValidatorSet,
  ): ProvenCheckpoint | undefined {
    const domain = { chainId: origin.chainId, gateway: origin.address };
    const claims = all.filter(({ signed }) => signed.root === checkpoint.root);
    // Signatures are looked at only where there may be enough of them: whoever makes up roots costs no more.
    if (new Set(claims.map(({ validator }) => validator)).size < set.threshold) return undefined;
    const signatures: Record<string, string> = {};
    for (const { validator, signed } of claims) {
      const signature = trueSignature(signed.signature, validator, (serialized) =>
        checkpointSigner(domain, checkpoint, serialized),
      );
      if (signature !== undefined) signatures[validator] = signature;
    }
    return quorum(signatures, set) === undefined ? undefined : { ...checkpoint, signatures };
  }
}
