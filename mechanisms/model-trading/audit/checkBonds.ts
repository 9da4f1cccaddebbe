import type { AuditedTask, CheckTally } from "../../MechanismAudit.ts";
import { decodeTerms, decodeWork } from "../encodings.ts";

/** What an event says of a bond. */
interface BondEvent {
  worker: string;
  chainId: bigint;
  amount: bigint;
}

/**
 * Every bond was locked once, for what the terms ask, and had at most one end: it is the publisher's only if the task
 * completed and fewer than half of its rounds took the worker's update, without those that the worker is not to blame
 * for; else it is the worker's. Counts bonds.
 */
export async function checkBonds(task: AuditedTask, tally: CheckTally): Promise<void> {
  const { bond } = decodeTerms(task.mechanismTerms);
  const [locked, returned, forfeited] = ["BondLocked", "BondReturned", "BondForfeited"].map((name) =>
    task.policy
      .events(name)
      .filter((event) => event.task === task.task && event.manager === task.policy.application)
      .map((event) => event as unknown as BondEvent),
  );
  const [participants, standing] = await Promise.all([task.participants(), task.standing()]);
  let held = 0;
  for (const { worker, chainId, amount } of locked!) {
    const who = `The bond of worker ${worker} on chain ${chainId}`;
    const isIts = (event: BondEvent) => event.worker === worker && event.chainId === chainId;
    const [ends, gone] = [returned!.filter(isIts).length, forfeited!.filter(isIts).length];
    tally.require(
      locked!.filter(isIts).length === 1 && bond > 0n && amount === bond,
      `${who} is of ${amount} wei; one of ${bond} was asked for.`,
    );
    tally.require(ends + gone <= 1, `${who} was returned ${ends} times and forfeited ${gone} times.`);
    const own = participants.find((one) => one.worker === worker && one.chainId === chainId);
    if (gone === 1) {
      tally.require(
        isForfeited(standing, own),
        `${who} was forfeited, with ${own?.acceptedRounds ?? 0} of ${standing.finalizedRounds} rounds accepted of a task that is ${standing.status}.`,
      );
    }
    if (ends === 1 && own?.work !== undefined && isForfeited(standing, own)) {
      // Whoever brought no record until nothing was held for it any more: anyone might have.
      tally.note(`${who} was returned, although it could have been forfeited.`);
    }
    if (ends + gone === 0) held++;
    tally.count();
  }
  for (const { worker, chainId } of [...returned!, ...forfeited!]) {
    tally.require(
      locked!.some((event) => event.worker === worker && event.chainId === chainId),
      `The bond of worker ${worker} on chain ${chainId} had an end, but was never locked.`,
    );
  }
  if (held > 0) tally.note(`${held} of ${locked!.length} bonds are still locked.`);
}

function isForfeited(
  { status, finalizedRounds }: Awaited<ReturnType<AuditedTask["standing"]>>,
  own: { work: string | undefined; acceptedRounds: number } | undefined,
): boolean {
  if (status !== "Completed" || own?.work === undefined) return false;
  const { excused, rounds } = decodeWork(own.work);
  const unseen = Math.max(0, finalizedRounds - rounds);
  return 2 * (own.acceptedRounds + excused + unseen) < finalizedRounds;
}
