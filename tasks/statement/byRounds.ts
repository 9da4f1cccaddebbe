import type { MechanismAudit } from "../../mechanisms/MechanismAudit.ts";
import type { StatedAccount, StatedTask, StatedWorker } from "../../mechanisms/MechanismStatement.ts";
import { PayLadder } from "../../mechanisms/PayLadder.ts";

/** How pay is explained of a mechanism that does not say it itself. */
export const BY_ROUNDS_RULES = [
  "What could have been earned is what the recorded work is paid with all rounds accepted; the rounds that did not take the update are taken off in their order. What the work itself lost, this mechanism does not tell.",
];

/** Explains a worker's pay by its rounds alone, with the pay that an audit derives. */
export function byRounds(
  { payOf }: MechanismAudit,
  worker: StatedWorker,
  { terms, mechanismTerms }: StatedTask,
): StatedAccount {
  const { work, countedRounds, missed, score = "0x" } = worker;
  if (work === undefined) return new PayLadder(0n).account;
  const pay = (acceptedRounds: number) =>
    payOf(
      { terms, mechanismTerms },
      { worker: worker.worker, chainId: worker.chainId, work, acceptedRounds, countedRounds, score },
    );
  let accepted = countedRounds;
  const ladder = new PayLadder(pay(accepted));
  for (const { round, isOpen, why, evidence } of missed) {
    accepted--;
    ladder.step(pay(accepted), { kind: "missed-round", isOpen, round, text: why, evidence });
  }
  return ladder.account;
}
