import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Tally } from "../Tally.ts";
import type { Attestation } from "./Attestation.ts";
import { provenByCheckpoint } from "./provenByCheckpoint.ts";
import { provenByHeader } from "./provenByHeader.ts";
import type { Proven } from "./provenIn.ts";

/** What a proof is held against. */
export interface ProofContext {
  origin: ChainEvidence;
  /** How a failure begins: which message was delivered where. */
  where: string;
}

/** Repeats what a kind of verifier checks but for the signers. @throws AuditFailure. */
export type ProvenBy = (
  proven: Proven,
  context: ProofContext,
  tally: Tally,
) => Attestation | Promise<Attestation>;

/** The audit's own check of each kind of proof. */
export const PROVEN_BY: Readonly<Record<ProofKind, ProvenBy>> = {
  checkpoint: provenByCheckpoint,
  header: provenByHeader,
};
