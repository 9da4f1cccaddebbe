import type { ContractName } from "../../protocol/contracts.ts";

/** What a kind of proof needs on chain. */
interface ProofContracts {
  /** The gateway of a chain whose messages are proven so. */
  gateway: "Gateway" | "LogGateway";
  /** What other chains' gateways ask about its messages. */
  verifier: ContractName;
  /** Where a network file has that verifier's address. */
  place: "verifier" | "headerVerifier";
  /** Whether the gateway keeps a root over all that it sent. */
  keepsOutbox: boolean;
}

/**
 * How messages of a chain are proven elsewhere, by the name that verifiers, network files and evidence have for it. How
 * each is vouched for and proven is in `relay/proofs/`, how it is audited in `audit/messages/`.
 */
export const PROOF_KINDS = {
  /** Under the root of the gateway's outbox, which validators sign. */
  checkpoint: { gateway: "Gateway", verifier: "CheckpointVerifier", place: "verifier", keepsOutbox: true },
  /** By receipts under the header of a block, which validators attest. */
  header: { gateway: "LogGateway", verifier: "HeaderVerifier", place: "headerVerifier", keepsOutbox: false },
} as const satisfies Record<string, ProofContracts>;

export type ProofKind = keyof typeof PROOF_KINDS;

export const PROOF_KIND_NAMES = Object.keys(PROOF_KINDS) as [ProofKind, ...ProofKind[]];
