import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodedOrNot } from "../../protocol/decodedOrNot.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import { judgedCall } from "./judgedCall.ts";

const { TaskManager } = contracts;

/**
 * Judges who made the call that claimed a worker's pay.
 *
 * @throws as `judgedCall`.
 */
export async function claimCall(
  main: ChainEvidence,
  { args, address, transactionHash }: EventNamed<"RewardClaimed">,
  judge: (caller: string) => void,
): Promise<void> {
  const { worker, chainId } = args;
  await judgedCall(
    main,
    {
      transactionHash,
      address,
      selectors: [TaskManager.selectorOf("claim")],
      read: (data) => {
        const call = decodedOrNot(() => TaskManager.decodeArguments("claim", `0x${data.slice(10)}`));
        return call?.record.chainId === chainId && isSameAddress(call.record.worker, worker)
          ? call
          : undefined;
      },
      what: `The claim of worker ${worker} by transaction ${transactionHash}`,
    },
    // Nothing that a claim says proves who made it.
    { provesItself: false, judge: (_, caller) => judge(caller!) },
  );
}
