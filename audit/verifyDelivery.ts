import type { Result } from "ethers";

import type { ChainEvent } from "../chains/ChainClient.ts";
import { type CheckpointProof, checkpointSigner, decodeCheckpointProof } from "../protocol/checkpoint.ts";
import { formatInteroperable } from "../protocol/interoperableAddress.ts";
import { depthOf, type MerkleTree, multiProofRoot } from "../protocol/MerkleTree.ts";
import { messageId } from "../protocol/messages.ts";
import { type ChainEvidence, isBefore } from "./ChainEvidence.ts";
import { findCall } from "./findCall.ts";
import { isSameAddress } from "./isSameAddress.ts";
import type { Tally } from "./Tally.ts";
import { describe, type TaskMessage } from "./taskMessages.ts";

/** What was proven, where and against what. */
export interface VerifyDeliveryParameters {
  message: TaskMessage;
  destination: ChainEvidence;
  /** The `MessageDelivered` event. */
  event: ChainEvent;
  /** The origin's outbox, re-derived. */
  tree: MerkleTree;
}

/** Messages under one proof, as calldata hold them. */
interface Proven {
  nonces: number[];
  ids: string[];
  proof: string;
}

/**
 * Repeats what a gateway and its verifier check before a delivery, from the
 * delivering transaction's calldata: message and siblings lead to a root, that root
 * is the origin's at the checkpoint's index, and at least the threshold of the
 * validators then in force signed it.
 *
 * @throws AuditFailure naming the message and the step that does not hold.
 */
export async function verifyDelivery(delivery: VerifyDeliveryParameters, tally: Tally): Promise<void> {
  const { message, destination, event, tree } = delivery;
  const { data } = await destination.transaction(event.transactionHash);
  const where = `${describe(message)} was delivered to ${destination.name} by transaction ${event.transactionHash}`;
  const proven = provenIn(data, message);
  tally.require(proven !== undefined, `${where}, whose calldata do not contain it.`);
  const proof = tryDecode(proven.proof);
  tally.require(proof !== undefined, `${where}, whose proof cannot be read.`);

  const { index, siblings } = proof;
  const root = multiProofRoot(proven.ids, proven.nonces, siblings, depthOf(index + 1));
  const shown = index < tree.count ? tree.root(index + 1) : "none";
  tally.require(
    root !== undefined && root === shown,
    `${where} with a proof that leads to root ${root ?? "none"} at index ${index}, where the outbox of ${message.origin.name} has root ${shown}.`,
  );
  requireSigned(delivery, root, proof, where, tally);
}

/** The messages that the call which delivered `message` proved together. */
function provenIn(data: string, message: TaskMessage): Proven | undefined {
  const of = ({ origin, messages, proof }: Result): Proven => ({
    nonces: messages.map(({ nonce }: Result) => Number(nonce)),
    ids: messages.map((carried: Result) => idOf(origin, message.destination, carried)),
    proof,
  });
  const fits = (args: Result) => of(args).ids.includes(message.id);
  const batch = findCall(data, "Gateway", "deliverBatch", fits);
  if (batch !== undefined) return of(batch);
  const one = ({ origin, message: only, proof }: Result) => ({ origin, messages: [only], proof }) as never;
  const call = findCall(data, "Gateway", "deliver", (args) => fits(one(args)));
  return call === undefined ? undefined : of(one(call));
}

function requireSigned(
  { message, destination, event }: VerifyDeliveryParameters,
  root: string,
  { index, signatures }: CheckpointProof,
  where: string,
  tally: Tally,
): void {
  const { origin } = message;
  const { gateway } = origin.place.contracts;
  const { verifier } = destination.place.contracts;
  const lastOf = (...names: string[]) =>
    destination.events.findLast(
      (other) =>
        names.includes(other.name) && other.args.chainId === origin.chainId && !isBefore(event, other),
    )?.args;
  const route = lastOf("RouteOpened");
  tally.require(
    route !== undefined && isSameAddress(route.gateway, gateway),
    `${where}, but ${destination.name} then took messages of ${origin.name} from gateway ${route?.gateway ?? "none"}, not ${gateway}.`,
  );
  const believed = lastOf("RouteOpened", "VerifierChanged")?.verifier;
  tally.require(
    isSameAddress(believed, verifier),
    `${where}, but ${destination.name} then asked verifier ${believed} about ${origin.name}, not ${verifier}.`,
  );
  const set = lastOf("ValidatorsChanged") ?? { validators: [], threshold: 1n };
  const validators = new Set<string>([...set.validators]);
  const signers = new Set(
    signatures.map((signature) =>
      trySigner({ chainId: origin.chainId, gateway }, { root, index }, signature),
    ),
  );
  const valid = [...signers].filter((signer) => signer !== undefined && validators.has(signer));
  const threshold = Number(set.threshold);
  tally.require(
    valid.length >= threshold,
    `${where} with signatures of ${valid.length} validators of ${origin.name}; ${threshold} were needed.`,
  );
}

function trySigner(...parameters: Parameters<typeof checkpointSigner>): string | undefined {
  try {
    return checkpointSigner(...parameters);
  } catch {
    return undefined;
  }
}

function tryDecode(proof: string): CheckpointProof | undefined {
  try {
    return decodeCheckpointProof(proof);
  } catch {
    return undefined;
  }
}

function idOf(origin: bigint, destination: bigint, { nonce, sender, recipient, payload }: Result): string {
  return messageId({
    nonce: Number(nonce),
    sender: formatInteroperable({ chainId: origin, address: sender }),
    recipient: formatInteroperable({ chainId: destination, address: recipient }),
    payload,
  });
}
