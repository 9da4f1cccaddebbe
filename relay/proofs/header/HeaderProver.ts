import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { proveReceipts } from "../../../chains/proofs/receiptProof.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderProof } from "../../../protocol/header.ts";
import type { KnownMessage } from "../../store/MessageTable.ts";
import { gatherVouchers } from "../gatherVouchers.ts";
import type { ProverModules } from "../ProofScheme.ts";
import type { Provable, ProvenRoute, Prover } from "../Prover.ts";
import { proveFact } from "../proveFact.ts";
import { quorum } from "../quorum.ts";
import { findHeaderContradiction } from "./findHeaderContradiction.ts";
import { headerVouching } from "./headerVouching.ts";

const KIND = "header";

/**
 * Proves messages under block headers that validators attested, by the receipts
 * of the transactions that sent them: for origins whose gateways keep no outbox.
 * One proof covers messages of one block.
 */
export class HeaderProver implements Prover {
  readonly #modules: ProverModules;
  /** Chains whose contradiction was told. */
  readonly #told = new Set<bigint>();

  constructor(modules: ProverModules) {
    this.#modules = modules;
  }

  async prepare({ origin, destination, set, open }: ProvenRoute): Promise<Provable | undefined> {
    const { messages: known, facts } = this.#modules.store;
    const first = known.message(origin.chainId, open.lowest);
    if (first === undefined) return undefined;
    // Attestations of validators that were replaced since are no longer enough.
    const isStale = this.#signaturesOf(origin, first, set) === undefined;
    const from = isStale ? first.blockNumber : facts.firstWithout(KIND, origin.chainId, destination);
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

  #signaturesOf(
    { chainId }: GatewayClient,
    { blockNumber, blockHash }: KnownMessage,
    set: ValidatorSet,
  ): string[] | undefined {
    const attested = this.#modules.store.facts.fact(KIND, chainId, blockNumber, blockHash);
    return attested && quorum(attested.signatures, set);
  }

  /** Keeps the blocks that enough have attested, also of another history than the one read here: they may show a contradiction. */
  async #gather(origin: GatewayClient, from: number, set: ValidatorSet): Promise<void> {
    const { facts } = this.#modules.store;
    const { chainId, address: gateway } = origin;
    let isNew = false;
    for (const testimony of await gatherVouchers({ kind: KIND }, { origin, from, set }, this.#modules)) {
      const proven = proveFact(headerVouching, { chainId, gateway }, testimony, set);
      if (proven === undefined) continue;
      isNew ||= facts.fact(KIND, chainId, proven.place, proven.hash) === undefined;
      facts.keep(KIND, chainId, proven);
    }
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
