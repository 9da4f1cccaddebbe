import { AbiCoder, keccak256 } from "ethers";

import type { AuditedParticipant, AuditedTask, CheckTally } from "../../MechanismAudit.ts";
import { decodeTerms, decodeWork } from "../encodings.ts";

/** How many workers a subchain has at the least that a round excuses by their staying away alone. */
const CROWD = 3;

/** What an event says of a bond. */
interface BondEvent {
  worker: string;
  chainId: bigint;
  amount: bigint;
}

/**
 * Every bond was locked once, for what the terms ask, and had at most one end: it is the publisher's only if the task
 * completed and the worker missed more than half of its rounds, each judged by itself; else it is the worker's. The escrow
 * took and gave exactly that, and so did the token. Counts bonds.
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
  for (const lock of locked!) {
    const { worker, chainId, amount } = lock;
    const who = `The bond of worker ${worker} on chain ${chainId}`;
    const isIts = (event: BondEvent) => event.worker === worker && event.chainId === chainId;
    const [ends, gone] = [returned!.filter(isIts).length, forfeited!.filter(isIts).length];
    tally.require(
      locked!.filter(isIts).length === 1 && bond > 0n && amount === bond,
      `${who} is of ${amount} wei; one of ${bond} was asked for.`,
    );
    tally.require(ends + gone <= 1, `${who} was returned ${ends} times and forfeited ${gone} times.`);
    await checkAccount(task, lock, { isReturned: ends === 1, isForfeited: gone === 1 }, tally);
    const own = participants.find((one) => one.worker === worker && one.chainId === chainId);
    const workers = participants.filter((one) => one.chainId === chainId).length;
    const isLost = await isForfeited(task, standing, own, workers);
    if (gone === 1) {
      tally.require(
        isLost,
        `${who} was forfeited, with ${own?.acceptedRounds ?? 0} of ${standing.finalizedRounds} rounds accepted of a task that is ${standing.status}.`,
      );
    }
    if (ends === 1 && isLost) {
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

/** The bond's account in the escrow took it from the worker, and gave it to whom it went, once and whole. */
async function checkAccount(
  task: AuditedTask,
  { worker, chainId, amount }: BondEvent,
  { isReturned, isForfeited: isGone }: { isReturned: boolean; isForfeited: boolean },
  tally: CheckTally,
): Promise<void> {
  const { movements, held } = await task.policyAccount(accountOf(task, chainId, worker));
  const who = `The bond of worker ${worker} on chain ${chainId}`;
  const told = movements.map((one) => `${one.name} ${one.amount} ${one.who.toLowerCase()}`).join(", ");
  const due = [
    `Funded ${amount} ${worker.toLowerCase()}`,
    ...(isReturned ? [`Refunded ${amount} ${worker.toLowerCase()}`] : []),
    ...(isGone ? [`Paid ${amount} ${task.publisher.toLowerCase()}`] : []),
  ].join(", ");
  tally.require(told === due, `${who} should have moved as ${due}; the escrow states ${told || "nothing"}.`);
  const left = isReturned || isGone ? 0n : amount;
  tally.require(held === left, `${who} should have ${left} wei in the escrow, which holds ${held}.`);
  const unmoved = movements.find((one) => one.unmoved !== undefined);
  tally.require(
    unmoved === undefined,
    `${who}: the escrow states ${unmoved?.name} of ${unmoved?.amount} wei for ${unmoved?.who}, where the token moved ${unmoved?.unmoved}.`,
  );
}

/** The number of a bond's account (ITradingPolicy.bondAccount). */
function accountOf({ policy, task }: AuditedTask, chainId: bigint, worker: string): bigint {
  const types = ["address", "uint256", "uint64", "address"];
  const place = [policy.application, task, chainId, worker];
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, place)));
}

async function isForfeited(
  task: AuditedTask,
  { status, finalizedRounds }: Awaited<ReturnType<AuditedTask["standing"]>>,
  own: AuditedParticipant | undefined,
  workers: number,
): Promise<boolean> {
  if (status !== "Completed" || own?.work === undefined) return false;
  const reported = await task.revealsReportedBy(own.chainId);
  const rounds = Array.from({ length: Math.min(finalizedRounds, decodeWork(own.work).rounds) }, (_, i) => i);
  const [taken, others] = [
    rounds.filter((round) => own.isTakenIn(round)),
    rounds.filter((round) => !own.isTakenIn(round)),
  ];
  const areExcusable = workers >= CROWD || taken.length > 0;
  const missed = others.filter((round) => {
    const revealed = reported[round];
    return revealed !== undefined && !(areExcusable && 2 * revealed < workers);
  });
  return 2 * missed.length > finalizedRounds;
}
