import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { checkpointScheme } from "./checkpoint/checkpointScheme.ts";
import { headerScheme } from "./header/headerScheme.ts";
import type { ProofScheme } from "./ProofScheme.ts";

/** The kinds of proofs. */
export const PROOF_SCHEMES: Readonly<Record<ProofKind, ProofScheme>> = {
  checkpoint: checkpointScheme,
  header: headerScheme,
};
