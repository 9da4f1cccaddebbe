import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { NamedArguments } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodedOrNot } from "../../protocol/decodedOrNot.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import { type CallJudgement, judgedCall } from "./judgedCall.ts";

const { LearningSubchain } = contracts;

/** What the subchain's `reveal` was given. */
export type RevealCall = NamedArguments<typeof LearningSubchain.abi, "reveal">;

/**
 * Judges the call that revealed an update.
 *
 * @throws as `judgedCall`.
 */
export async function revealCall<T>(
  chain: ChainEvidence,
  { args, address, transactionHash }: EventNamed<"UpdateRevealed">,
  judgement: CallJudgement<RevealCall, T>,
): Promise<T> {
  const { worker, task, round, update } = args;
  return judgedCall<RevealCall, T>(
    chain,
    {
      transactionHash,
      address,
      selectors: [LearningSubchain.selectorOf("reveal")],
      read: (data) => {
        const call = decodedOrNot(() => LearningSubchain.decodeArguments("reveal", `0x${data.slice(10)}`));
        const isMeant = call?.task === task && call.round === round && call.opening.update === update;
        return isMeant ? call : undefined;
      },
      what: `The reveal of worker ${worker} of ${chain.name} in round ${ordinal(round)} by transaction ${transactionHash}`,
    },
    judgement,
  );
}
