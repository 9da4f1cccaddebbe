import { ADDRESS, oneMeant } from "../../protocol/abbreviated.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { RevealedHere } from "../reexecution/Reexecution.ts";
import type { Evidence } from "./Evidence.ts";
import { subchainRounds } from "./subchainRounds.ts";

/** How many of who revealed something are named. */
const MOST_NAMED = 10;

/**
 * What a worker revealed in a round, on whichever of the task's subchains it is.
 *
 * @param round - From 0.
 * @param worker - Its address, or as much of it as tells it from the others who revealed something there (`oneMeant`).
 * @throws `UPDATE_NOT_REVEALED` when it revealed nothing there; `NOT_AN_ADDRESS`; `AMBIGUOUS`.
 */
export async function revealOf(evidence: Evidence, round: number, worker: string): Promise<RevealedHere> {
  const chains = await evidence.subchains();
  const revealed: RevealedHere[] = [];
  for (const chain of chains) {
    for (const here of await subchainRounds(evidence, chain)) {
      if (here.round !== round) continue;
      for (const reveal of here.reveals) revealed.push({ chain, round: here, reveal });
    }
  }
  const addressOf = ({ reveal }: RevealedHere) => reveal.update.worker;
  const meant = oneMeant(worker, ADDRESS, revealed.map(addressOf));
  const found = revealed.find((one) => addressOf(one) === meant);
  if (found !== undefined) return found;
  throw new BaseError("UPDATE_NOT_REVEALED", `${worker} revealed no update in round ${ordinal(round)}.`, {
    details: `Looked for on ${chains.map(({ name }) => name).join(", ")}, where ${whoDid(revealed.map(addressOf))}.`,
    next: `Look at the task's rounds and workers: ./freshet task show ${evidence.task} --full.`,
  });
}

function whoDid(workers: readonly string[]): string {
  if (workers.length === 0) return "nobody did";
  const others = workers.length - MOST_NAMED;
  return `${workers.slice(0, MOST_NAMED).join(", ")}${others > 0 ? ` and ${others} others` : ""} did`;
}
