import type { ChainEvent } from "../chains/ChainClient.ts";
import { type Checkpoint, checkpointSigner } from "../protocol/checkpoint.ts";
import { branchRoot, type MerkleTree, OUTBOX_DEPTH } from "../protocol/MerkleTree.ts";
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

/**
 * Repeats what a gateway checks before it delivers, from the delivering
 * transaction's calldata: the branch leads from the message to the checkpoint's
 * root, that root is the origin's at the checkpoint's index, and at least the
 * threshold of the validators then in force signed it.
 *
 * @throws AuditFailure naming the message and the step that does not hold.
 */
export async function verifyDelivery(delivery: VerifyDeliveryParameters, tally: Tally): Promise<void> {
  const { message, destination, event, tree } = delivery;
  const { data } = await destination.transaction(event.transactionHash);
  const where = `${describe(message)} was delivered to ${destination.name} by transaction ${event.transactionHash}`;
  const call = findCall(data, "Gateway", "deliver", ({ message: carried }) => idOf(carried) === message.id);
  tally.require(call !== undefined, `${where}, whose calldata do not contain it.`);

  const checkpoint = { root: call.checkpoint.root as string, index: Number(call.checkpoint.index) };
  const led = branchRoot(message.id, [...call.branch], message.nonce);
  tally.require(
    led === checkpoint.root,
    `${where}, whose branch leads to ${led} and not to the checkpoint's root ${checkpoint.root}.`,
  );
  const { name } = message.origin;
  const shown = checkpoint.index < tree.count ? tree.root(OUTBOX_DEPTH, checkpoint.index + 1) : "none";
  tally.require(
    checkpoint.root === shown,
    `${where} with a checkpoint of root ${checkpoint.root} at index ${checkpoint.index}, where the outbox of ${name} has root ${shown}.`,
  );
  requireSigned(delivery, checkpoint, [...call.signatures], where, tally);
}

function requireSigned(
  { message, destination, event }: VerifyDeliveryParameters,
  checkpoint: Checkpoint,
  signatures: readonly string[],
  where: string,
  tally: Tally,
): void {
  const { origin } = message;
  const { gateway } = origin.place.contracts;
  const remote = destination.events.findLast(
    (other) => other.name === "RemoteSet" && other.args.chainId === origin.chainId && !isBefore(event, other),
  );
  tally.require(
    remote !== undefined && isSameAddress(remote.args.gateway, gateway),
    `${where}, but ${destination.name} then took messages of ${origin.name} from gateway ${remote?.args.gateway ?? "none"}, not ${gateway}.`,
  );
  const validators = new Set<string>([...remote.args.validators]);
  const domain = { chainId: origin.chainId, gateway };
  const signers = new Set(signatures.map((signature) => trySigner(domain, checkpoint, signature)));
  const valid = [...signers].filter((signer) => signer !== undefined && validators.has(signer));
  const threshold = Number(remote.args.threshold);
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

// biome-ignore lint/suspicious/noExplicitAny: decoded by the gateway's ABI
function idOf({ nonce, sender, recipient, payload }: any): string {
  return messageId({ nonce: Number(nonce), sender, recipient, payload });
}
