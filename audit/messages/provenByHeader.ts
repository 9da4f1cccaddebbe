import { keccak256, toBeHex } from "ethers";

import { type ProvenLogs, provenLogs } from "../../chains/proofs/provenLogs.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodeHeaderProof, type HeaderProof, headerSigner } from "../../protocol/header.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";
import type { Attestation } from "./Attestation.ts";
import type { Proven } from "./provenIn.ts";

const MESSAGE_INSERTED = contracts.Gateway.topicOf("MessageInserted");

/**
 * Repeats what a HeaderVerifier checks but for the signers: receipts under the header hold the log that the origin's
 * gateway leaves for each message. Beyond that, the header is of the origin's own block of that number.
 *
 * @param where - How a failure begins: which message was delivered where.
 * @throws AuditFailure naming the step that does not hold.
 */
export async function provenByHeader(
  { nonces, ids, proof: packed }: Proven,
  { origin, where }: { origin: ChainEvidence; where: string },
  tally: Tally,
): Promise<Attestation> {
  const proof = tryDecode(packed);
  tally.require(proof !== undefined, `${where}, whose proof cannot be read.`);
  const blockHash = keccak256(proof.header);
  const shown = await tryFollow(proof);
  tally.require(
    shown !== undefined,
    `${where} with a proof that leads from the header of block ${blockHash} to no receipts with the logs that it names.`,
  );
  const { number, logs } = shown;
  const own = number <= BigInt(origin.head) ? await origin.blockHash(Number(number)) : "none";
  tally.require(
    own === blockHash,
    `${where} under the header of block ${blockHash} with number ${number}, where ${origin.name} has block ${own}.`,
  );
  const { gateway } = origin.place.contracts;
  for (const [i, id] of ids.entries()) {
    const log = logs[i];
    tally.require(
      log !== undefined &&
        isSameAddress(log.address, gateway) &&
        log.topics.join() === [MESSAGE_INSERTED, id].join() &&
        log.data === toBeHex(nonces[i]!, 32),
      `${where} with receipts of block ${number} of ${origin.name} that do not show message ${nonces[i]} (${id}).`,
    );
  }
  tally.require(
    logs.length === ids.length,
    `${where} with a proof of ${logs.length} logs for ${ids.length} messages.`,
  );
  const domain = { chainId: origin.chainId, gateway };
  return {
    signatures: proof.signers.signatures,
    signerOf: (signature) => headerSigner(domain, { blockHash, number }, signature),
  };
}

function tryDecode(proof: string): HeaderProof | undefined {
  try {
    return decodeHeaderProof(proof);
  } catch {
    return undefined;
  }
}

async function tryFollow(proof: HeaderProof): Promise<ProvenLogs | undefined> {
  try {
    return await provenLogs(proof);
  } catch {
    return undefined;
  }
}
