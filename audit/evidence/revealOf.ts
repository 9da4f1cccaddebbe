import { BaseError } from "../../protocol/BaseError.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { RevealedHere } from "../reexecution/Reexecution.ts";
import type { Evidence } from "./Evidence.ts";
import { subchainRounds } from "./subchainRounds.ts";

/**
 * What a worker revealed in a round, on whichever of the task's subchains it is.
 *
 * @param round - From 0.
 * @throws `UPDATE_NOT_REVEALED` when it revealed nothing there.
 */
export async function revealOf(evidence: Evidence, round: number, worker: string): Promise<RevealedHere> {
  const chains = await evidence.subchains();
  for (const chain of chains) {
    for (const here of await subchainRounds(evidence, chain)) {
      if (here.round !== round) continue;
      const reveal = here.reveals.find(({ update }) => isSameAddress(update.worker, worker));
      if (reveal !== undefined) return { chain, round: here, reveal };
    }
  }
  throw new BaseError("UPDATE_NOT_REVEALED", `${worker} revealed no update in round ${ordinal(round)}.`, {
    details: `Looked for on ${chains.map(({ name }) => name).join(", ")}.`,
    next: `Look at the task's rounds and workers: freshet task show ${evidence.task}.`,
  });
}
