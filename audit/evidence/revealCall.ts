import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { NamedArguments } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import { AuditFailure } from "../AuditFailure.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import { findCall } from "./findCall.ts";

/** What the subchain's `reveal` was given. */
export type RevealCall = NamedArguments<typeof contracts.LearningSubchain.abi, "reveal">;

/**
 * The call that revealed an update.
 *
 * @throws AuditFailure when the transaction's calldata do not contain it.
 */
export async function revealCall(
  chain: ChainEvidence,
  { args, transactionHash }: EventNamed<"UpdateRevealed">,
): Promise<RevealCall> {
  const { data } = await chain.transaction(transactionHash);
  const { LearningSubchain } = contracts;
  const call = findCall(data, LearningSubchain, "reveal", ({ opening }) => opening.update === args.update);
  if (call !== undefined) return call;
  throw new AuditFailure(
    `The reveal of worker ${args.worker} of ${chain.name} in round ${args.round} was made by transaction ${transactionHash}, whose calldata do not contain it.`,
  );
}
