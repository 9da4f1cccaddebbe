import { type CheckpointProof, checkpointSigner, decodeCheckpointProof } from "../../protocol/checkpoint.ts";
import { depthOf, multiProofRoot } from "../../protocol/MerkleTree.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Tally } from "../Tally.ts";
import type { Attestation } from "./Attestation.ts";
import type { Proven } from "./provenIn.ts";

/**
 * Repeats what a CheckpointVerifier checks but for the signers: messages and siblings lead to a root, which is the
 * origin's at the checkpoint's index.
 *
 * @param where - How a failure begins: which message was delivered where.
 * @throws AuditFailure naming the step that does not hold.
 */
export function provenByCheckpoint(
  { nonces, ids, proof: packed }: Proven,
  { origin, where }: { origin: ChainEvidence; where: string },
  tally: Tally,
): Attestation {
  const proof = tryDecode(packed);
  tally.require(proof !== undefined, `${where}, whose proof cannot be read.`);
  const { index, siblings, signatures } = proof;
  const { tree } = origin.outbox;
  const root = multiProofRoot(ids, nonces, siblings, depthOf(index + 1));
  const shown = index < tree.count ? tree.root(index + 1) : "none";
  tally.require(
    root !== undefined && root === shown,
    `${where} with a proof that leads to root ${root ?? "none"} at index ${index}, where the outbox of ${origin.name} has root ${shown}.`,
  );
  const domain = { chainId: origin.chainId, gateway: origin.place.contracts.gateway };
  return { signatures, signerOf: (signature) => checkpointSigner(domain, { root, index }, signature) };
}

function tryDecode(proof: string): CheckpointProof | undefined {
  try {
    return decodeCheckpointProof(proof);
  } catch {
    return undefined;
  }
}
