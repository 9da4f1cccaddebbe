import { type EventNamed, isBefore } from "../../chains/clients/ChainEvent.ts";
import { verifierOf } from "../../chains/networks/verifierOf.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import { judgedCall } from "../evidence/judgedCall.ts";
import { describe, type TaskMessage } from "../evidence/taskMessages.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";
import type { Attestation } from "./Attestation.ts";
import { PROVEN_BY } from "./provenBy.ts";
import { DELIVERIES, provenIn } from "./provenIn.ts";

/** What was proven and where. */
export interface VerifyDeliveryParameters {
  message: TaskMessage;
  destination: ChainEvidence;
  /** The `MessageDelivered` event. */
  event: EventNamed<"MessageDelivered">;
}

/**
 * Repeats what a gateway and its verifier check before a delivery, from what the delivering call was given: the proof
 * shows that the origin sent the message, and at least the threshold of the validators then in force signed what it
 * goes by.
 *
 * @throws AuditFailure naming the message and the step that does not hold; `NotExamined` when it cannot be told.
 */
export async function verifyDelivery(delivery: VerifyDeliveryParameters, tally: Tally): Promise<void> {
  const { message, destination, event } = delivery;
  const { origin } = message;
  const { transactionHash } = event;
  const where = `${describe(message)} was delivered to ${destination.name} by transaction ${transactionHash}`;
  await judgedCall(
    destination,
    {
      transactionHash,
      address: destination.place.contracts.gateway,
      selectors: DELIVERIES,
      read: (data) => provenIn(data, message),
      what: `The delivery of ${describe(message)} to ${destination.name} by transaction ${transactionHash}`,
    },
    {
      provesItself: true,
      judge: async (proven) => {
        const attestation = await PROVEN_BY[origin.place.proofs](proven, { origin, where }, tally);
        requireSigned(delivery, attestation, where, tally);
      },
    },
  );
}

function requireSigned(
  { message, destination, event }: VerifyDeliveryParameters,
  { signatures, signerOf }: Attestation,
  where: string,
  tally: Tally,
): void {
  const { origin } = message;
  const { gateway } = origin.place.contracts;
  const verifier = verifierOf(destination.place, origin.place).address;
  const before = destination.events.filter((other) => !isBefore(event, other));
  const route = before.findLast(
    (other): other is EventNamed<"RouteOpened"> =>
      other.name === "RouteOpened" && other.args.chainId === origin.chainId,
  )?.args;
  tally.require(
    route !== undefined && isSameAddress(route.gateway, gateway),
    `${where}, but ${destination.name} then took messages of ${origin.name} from gateway ${route?.gateway ?? "none"}, not ${gateway}.`,
  );
  const believed = before.findLast(
    (other): other is EventNamed<"RouteOpened" | "VerifierChanged"> =>
      (other.name === "RouteOpened" || other.name === "VerifierChanged") &&
      other.args.chainId === origin.chainId,
  )?.args.verifier;
  tally.require(
    believed !== undefined && isSameAddress(believed, verifier),
    `${where}, but ${destination.name} then asked verifier ${believed} about ${origin.name}, not ${verifier}.`,
  );
  // A chain's verifiers each have validators of their own.
  const set = before.findLast(
    (other): other is EventNamed<"ValidatorsChanged"> =>
      other.name === "ValidatorsChanged" &&
      other.args.chainId === origin.chainId &&
      isSameAddress(other.address, verifier),
  )?.args;
  const { validators = [], threshold = 1 } = set ?? {};
  const signers = new Set(signatures.map((signature) => trySigner(signerOf, signature)));
  const valid = [...signers].filter((signer) => signer !== undefined && validators.includes(signer));
  tally.require(
    valid.length >= threshold,
    `${where} with signatures of ${valid.length} validators of ${origin.name}; ${threshold} were needed.`,
  );
}

function trySigner(signerOf: Attestation["signerOf"], signature: string): string | undefined {
  try {
    return signerOf(signature);
  } catch {
    return undefined;
  }
}
