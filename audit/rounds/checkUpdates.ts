import { contracts } from "../../protocol/contracts.ts";
import { updateLeaf } from "../../protocol/leaves.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { commitsUntil } from "../../protocol/roundTimes.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import { finalizedRounds, isAccepted } from "../evidence/finalizedRounds.ts";
import { type Reveal, type SubchainRound, subchainRounds } from "../evidence/subchainRounds.ts";
import { ofKind } from "../evidence/taskMessages.ts";
import { unreadable } from "../evidence/unreadable.ts";
import type { Tally } from "../Tally.ts";
import { checkBeacon } from "./checkBeacon.ts";
import { checkCommitments } from "./checkCommitments.ts";

/**
 * Every revealed update was committed to before, is in storage under its digest if
 * main accepted it, and is under the root that its round's report carried to the relay
 * chain and to main. Counts revealed updates.
 *
 * A worker may reveal what it never stored, and is not paid for it: an update that main
 * left out, or of a round that main did not finalize, is not looked for. One that main
 * accepted and storage does not give cannot be examined; damaged bytes are a failure.
 */
export async function checkUpdates(evidence: Evidence, tally: Tally): Promise<void> {
  const { maxSamples } = await evidence.terms();
  for (const chain of await evidence.subchains()) {
    await checkBeacon(evidence, chain, tally);
    const revealedIn = new Map<string, string>();
    for (const round of await subchainRounds(evidence, chain)) {
      await checkCommitments(evidence, chain, round, tally);
      for (const { update, event } of round.reveals) {
        const who = `Worker ${update.worker} of ${chain.name} in round ${ordinal(update.round)}`;
        tally.require(
          update.samples >= 1 && update.samples <= maxSamples,
          `${who} states ${update.samples} samples; 1 to ${maxSamples} are allowed.`,
        );
        const before = revealedIn.get(update.update);
        tally.require(
          before === undefined,
          `${who} repeats the update ${update.update} of transaction ${before}.`,
        );
        revealedIn.set(update.update, event.transactionHash);
      }
      await checkStored(evidence, chain, round, tally);
      await checkReport(evidence, chain, round, tally);
    }
  }
}

/** The updates that main accepted are in storage; the others are not needed. */
async function checkStored(
  evidence: Evidence,
  chain: ChainEvidence,
  { round, reveals }: SubchainRound,
  tally: Tally,
): Promise<void> {
  const { subchains } = await evidence.terms();
  const finalized = finalizedRounds(evidence.main, evidence.task).find((other) => other.round === round);
  const place = subchains.indexOf(chain.chainId);
  let notNeeded = 0;
  for (const { update } of reveals) {
    if (finalized === undefined || !isAccepted(finalized, place, update.index)) notNeeded++;
    else {
      await tally.attempt(async () => {
        const stored = await evidence.updates.get(update.update);
        if (!(stored instanceof Error)) return;
        const what = `The update ${update.update} of worker ${update.worker} of ${chain.name} in round ${ordinal(round)}`;
        throw unreadable(what, stored);
      });
    }
    tally.count();
  }
  if (notNeeded === 0) return;
  tally.note(
    finalized === undefined
      ? `Round ${ordinal(round)} was not finalized: the ${notNeeded} updates that ${chain.name} revealed in it were not looked for.`
      : `Round ${ordinal(round)} left out ${notNeeded} of ${reveals.length} updates of ${chain.name}: they were not looked for.`,
  );
}

/** The round's report on the subchain, on the relay chain and on main. */
async function checkReport(
  evidence: Evidence,
  chain: ChainEvidence,
  round: SubchainRound,
  tally: Tally,
): Promise<void> {
  const { main, relay, task } = evidence;
  const where = `round ${ordinal(round.round)} of ${chain.name}`;
  const [sent, forwarded] = [chain, relay].map((from) =>
    ofKind(evidence.messagesFrom(from), "RoundReported").filter(
      ({ body }) => body.round === round.round && body.chainId === chain.chainId,
    ),
  );
  const { manager } = evidence;
  const held = await main.state(contracts.TaskManager, manager, "reportOf", task, round.round, chain.chainId);
  if (round.closed === undefined) {
    tally.require(
      sent!.length === 0 && forwarded!.length === 0 && !held.received,
      `A report of ${where} exists, which the subchain has not closed.`,
    );
    return;
  }
  await checkClosing(evidence, chain, round, tally);
  const root = updatesRoot(round.reveals);
  const claims: [string, { updatesRoot: string; revealed: number }][] = [
    [
      `${chain.name}'s own record`,
      { updatesRoot: round.closed.args.updatesRoot, revealed: round.closed.args.revealed },
    ],
    ...sent!.map(({ body }): (typeof claims)[number] => ["its report", body]),
    ...forwarded!.map(({ body }): (typeof claims)[number] => [
      "the report that the relay chain forwarded",
      body,
    ]),
  ];
  if (held.received) claims.push(["the report that main holds", held]);
  for (const [what, { updatesRoot, revealed }] of claims) {
    tally.require(
      updatesRoot === root && revealed === round.reveals.length,
      `In ${where}, ${what} has ${revealed} updates under root ${updatesRoot}; the reveals show ${round.reveals.length} that lead to ${root}.`,
    );
  }
  const [report] = sent!;
  tally.require(
    sent!.length === 1 && report!.transactionHash === round.closed.transactionHash,
    `${chain.name} closed round ${ordinal(round.round)} in transaction ${round.closed.transactionHash} and sent ${sent!.length} reports of it.`,
  );
  const { body } = report!;
  const enrolled = enrolmentsOf(chain, task).length;
  tally.require(
    body.enrolled === enrolled && body.committed === round.commits.length,
    `The report of ${where} states ${body.enrolled} enrolled and ${body.committed} committed; the chain shows ${enrolled} and ${round.commits.length}.`,
  );
}

/** A round closes when nothing more can come; earlier, somebody's update was shut out. */
async function checkClosing(
  evidence: Evidence,
  chain: ChainEvidence,
  round: SubchainRound,
  tally: Tally,
): Promise<void> {
  const { commitSeconds, revealSeconds } = (await evidence.terms()).schedule;
  const { commits, commitsClosed, revealsFrom, reveals } = round;
  const time = await chain.blockTime(round.closed!.blockNumber);
  const commitsOver = commitsClosed !== undefined || time >= commitsUntil(round, commitSeconds);
  // A task that expires has what is revealed by then reported.
  const expires = eventsOf(chain, evidence.task, "TaskFinished").some(
    ({ args, transactionHash }) =>
      args.status === "Expired" && transactionHash === round.closed!.transactionHash,
  );
  tally.require(
    expires || (commitsOver && commits.length === reveals.length) || time >= revealsFrom + revealSeconds,
    `${chain.name} closed round ${ordinal(round.round)} at ${time}, when ${commits.length - reveals.length} of ${commits.length} reveals could still come until ${revealsFrom + revealSeconds}.`,
  );
}

/** Root over revealed updates in the order of their reveals. */
export function updatesRoot(reveals: readonly Reveal[]): string {
  return new MerkleTree(reveals.map(({ update }) => updateLeaf(update))).root();
}
