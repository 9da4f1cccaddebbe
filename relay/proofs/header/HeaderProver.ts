import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { proveReceipts } from "../../../chains/proofs/receiptProof.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderProof, headerSigner } from "../../../protocol/header.ts";
import type { RelayListener } from "../../RelayEvent.ts";
import type { KnownMessage, RelayerStore } from "../../store/RelayerStore.ts";
import { askSources } from "../checkpoint/askSources.ts";
import type { AttestedBlock, CheckpointSource } from "../checkpoint/CheckpointSource.ts";
import { trueSignature } from "../checkpoint/trueSignature.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { quorum } from "../quorum.ts";
import { findHeaderContradiction } from "./findHeaderContradiction.ts";

/**
 * Proves messages under block headers that validators attested, by the receipts
 * of the transactions that sent them: for origins whose gateways keep no outbox.
 * One proof covers messages of one block.
 */
export class HeaderProver implements Prover {
  readonly #sources: readonly CheckpointSource[];
  readonly #store: RelayerStore;
  readonly #listener: RelayListener;
  /** Chains whose contradiction was told. */
  readonly #told = new Set<bigint>();

  constructor(modules: {
    sources: readonly CheckpointSource[];
    store: RelayerStore;
    listener: RelayListener;
  }) {
    this.#sources = modules.sources;
    this.#store = modules.store;
    this.#listener = modules.listener;
  }

  async prepare({ origin, destination, set, open }: ProvenRoute): Promise<Provable | undefined> {
    const first = this.#store.message(origin.chainId, open.lowest);
    if (first === undefined) return undefined;
    // Attestations of validators that were replaced since are no longer enough.
    const isStale = this.#signaturesOf(origin, first, set) === undefined;
    const from = isStale ? first.blockNumber : this.#store.firstUnattested(origin.chainId, destination);
    if (from !== undefined) await this.#gather(origin, from, set);
    return {
      index: open.highest,
      together: (messages) => {
        const attested = messages.find((message) => this.#signaturesOf(origin, message, set) !== undefined);
        return messages.filter(({ blockHash }) => blockHash === attested?.blockHash);
      },
      prove: async (messages) => {
        const [{ blockHash }] = messages as [KnownMessage];
        const signatures = this.#signaturesOf(origin, messages[0]!, set) ?? [];
        const proof = await proveReceipts(origin.rpc, {
          blockHash,
          gateway: origin.address,
          messageIds: messages.map(({ id }) => id),
        });
        return encodeHeaderProof(proof, signersPart({ ...set, signatures }));
      },
    };
  }

  #signaturesOf(origin: GatewayClient, message: KnownMessage, set: ValidatorSet): string[] | undefined {
    const attested = this.#store.attestation(origin.chainId, message.blockNumber, message.blockHash);
    return attested && quorum(attested.signatures, set);
  }

  async #gather(origin: GatewayClient, fromNumber: number, set: ValidatorSet): Promise<void> {
    const answers = await askSources(
      this.#sources,
      set,
      (source) => source.attested(origin.chainId, origin.address, fromNumber),
      { chain: origin.name, listener: this.#listener },
    );
    const domain = { chainId: origin.chainId, gateway: origin.address };
    let isNew = false;
    const byBlock = new Map<string, Map<string, AttestedBlock>>();
    for (const { validator, answer } of answers) {
      for (const block of answer) {
        const claims = byBlock.get(block.blockHash) ?? new Map<string, AttestedBlock>();
        byBlock.set(block.blockHash, claims.set(validator, block));
      }
    }
    for (const claims of byBlock.values()) {
      // Signatures are looked at only where there may be enough of them.
      if (claims.size < set.threshold) continue;
      const signatures: Record<string, string> = {};
      for (const [validator, block] of claims) {
        const header = { blockHash: block.blockHash, number: BigInt(block.number) };
        const signature = trueSignature(block.signature, validator, (serialized) =>
          headerSigner(domain, header, serialized),
        );
        if (signature !== undefined) signatures[validator] = signature;
      }
      const [{ number, blockHash }] = [...claims.values()] as [AttestedBlock];
      if (quorum(signatures, set) === undefined) continue;
      isNew ||= this.#store.attestation(origin.chainId, number, blockHash) === undefined;
      this.#store.saveAttestation(origin.chainId, { number, blockHash, signatures });
    }
    if (isNew) await this.#watch(origin);
  }

  /** Tells when what enough validators attested contradicts itself. */
  async #watch(origin: GatewayClient): Promise<void> {
    if (this.#told.has(origin.chainId)) return;
    try {
      const found = await findHeaderContradiction(origin, this.#store);
      if (found === undefined) return;
      this.#told.add(origin.chainId);
      const blocks = [found.earlier, found.later].map(({ number, blockHash }) => ({ number, blockHash }));
      this.#listener({ type: "block-contradiction-found", chain: origin.name, blocks });
    } catch (error) {
      // Messages are delivered whether or not the node tells of other histories.
      if (!(error instanceof BaseError)) throw error;
      this.#listener({ type: "trouble", chain: origin.name, doing: "comparing attested blocks", error });
    }
  }
}
