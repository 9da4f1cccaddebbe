import { type EventNamed, isBefore } from "../../chains/clients/ChainEvent.ts";
import { contracts } from "../../protocol/contracts.ts";
import { updateLeaf, type WorkRecord } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { participationOf } from "../../protocol/participation.ts";
import { areEnough } from "../../protocol/receipts.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import { attestedScores } from "../evidence/attestedScores.ts";
import { beaconOn } from "../evidence/beaconOn.ts";
import { accountEventsOf, type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import { claimCall } from "../evidence/claimCall.ts";
import { type DueWork, dueWork } from "../evidence/dueWork.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import { acceptedRounds, finalizedRounds } from "../evidence/finalizedRounds.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";
import { amountsMoved } from "./amountsMoved.ts";
import { Movements } from "./Movements.ts";

/**
 * Every payment is what its worker earned, as the mechanism derives it again from the work that
 * the blocks show, the rounds that took its updates and its score; the claim, the escrow
 * and the token say the same amount to the same account in one transaction; nobody is
 * paid twice or without a record. Counts payments.
 */
export async function checkPayments(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, network, task } = evidence;
  const { escrow } = network.main.contracts;
  const account = { application: evidence.manager, id: task };
  const claims = eventsOf(main, task, "RewardClaimed");
  const [closed] = eventsOf(main, task, "TaskClosed");
  const payments = accountEventsOf(main, account, "Paid");
  const amountOf = amountsMoved(main);
  const paid = new Movements(
    payments.map(({ transactionHash, args }) => ({ transactionHash, to: args.payee, amount: args.amount })),
  );
  const [funded] = accountEventsOf(main, account, "Funded");
  const transfers = Movements.ofTransfers(
    funded === undefined ? [] : await main.transfers(funded.args.token, escrow),
  );
  const records: DueWork[] = [];
  for (const chain of await evidence.subchains()) {
    for (const due of await dueWork(evidence, chain, tally)) records.push(due);
  }
  const scores = await attestedScores(evidence);
  await checkCredits(evidence, tally);

  const done = new Map<DueWork, string>();
  for (const claim of claims) {
    const { worker, chainId, amount } = claim.args;
    const who = `Worker ${worker} of ${evidence.chain(chainId).name}`;
    const record = records.find(({ record: other }) => other.chainId === chainId && other.worker === worker);
    tally.require(
      record !== undefined,
      `${who} was paid ${amount} wei in transaction ${claim.transactionHash}, but has no record.`,
    );
    const before = done.get(record);
    tally.require(
      before === undefined,
      `${who} was paid twice, in transactions ${before} and ${claim.transactionHash}.`,
    );
    done.set(record, claim.transactionHash);
    tally.require(
      closed !== undefined && isBefore(closed, claim),
      `${who} was paid ${amount} wei in transaction ${claim.transactionHash}, before the task had ended.`,
    );
    await checkClaim(evidence, claim, record, scores, tally);
    if (amount !== 0n) {
      const movement = { transactionHash: claim.transactionHash, to: worker, amount };
      tally.require(
        paid.take(movement),
        `${who} claimed ${amount} wei in transaction ${claim.transactionHash}, where the escrow states ${paid.leftIn(claim.transactionHash)}.`,
      );
      const payment = payments.find(
        ({ transactionHash, args }) =>
          transactionHash === claim.transactionHash && isSameAddress(args.payee, worker),
      );
      tally.require(
        transfers.take({ ...movement, amount: amountOf(payment!) }),
        `${who} claimed ${amount} wei in transaction ${claim.transactionHash}, where the token moved ${transfers.leftIn(claim.transactionHash)}.`,
      );
    }
    tally.count();
  }
  const [unclaimed] = paid.left;
  const payee = records.find(({ record }) => record.worker === unclaimed?.to);
  tally.require(
    unclaimed === undefined,
    `The escrow paid ${unclaimed?.amount} wei to ${unclaimed?.to} (${payee === undefined ? "no worker" : `a worker of ${evidence.chain(payee.record.chainId).name}`}) in transaction ${unclaimed?.transactionHash}, which nobody claimed there.`,
  );
  await checkBooks(evidence, records, done, tally);
}

/** Credits of an expired task are of what its workers revealed in the round that was open then, and aggregators held. */
async function checkCredits(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, manager, task } = evidence;
  const { aggregators, attestations } = await evidence.terms();
  const rule = { domain: { chainId: main.chainId, taskManager: manager }, aggregators, attestations };
  const open = finalizedRounds(main, task).length;
  for (const { args, transactionHash } of eventsOf(main, task, "RevealCredited")) {
    const subchain = evidence.chain(args.chainId);
    const revealed = eventsOf(subchain, task, "UpdateRevealed").find(
      ({ args: other }) =>
        other.round === open && other.index === args.index && isSameAddress(other.worker, args.worker),
    );
    const who = `Worker ${args.worker} of ${subchain.name} was credited with round ${ordinal(open)} in transaction ${transactionHash}`;
    tally.require(revealed !== undefined, `${who}, in which it revealed nothing.`);
    const leaf = updateLeaf({ chainId: args.chainId, ...revealed.args });
    tally.require(
      areEnough(revealed.args.receipts, leaf, rule),
      `${who} without receipts of ${attestations} aggregators.`,
    );
  }
}

/** Credits of a worker. */
function creditsOf(
  main: ChainEvidence,
  task: bigint,
  { chainId, index }: WorkRecord,
): EventNamed<"RevealCredited">[] {
  return eventsOf(main, task, "RevealCredited").filter(
    ({ args }) => args.chainId === chainId && args.index === index,
  );
}

/** A claim's rounds and amount, re-derived. */
async function checkClaim(
  evidence: Evidence,
  claim: EventNamed<"RewardClaimed">,
  { record, work }: DueWork,
  scores: readonly ScoreRecord[],
  tally: Tally,
): Promise<void> {
  const { main, task } = evidence;
  const { args, transactionHash } = claim;
  const [terms, { status }, { audit }, audited] = await Promise.all([
    evidence.terms(),
    evidence.state(),
    evidence.mechanism(),
    evidence.audited(),
  ]);
  const finalized = finalizedRounds(main, task);
  const credited = creditsOf(main, task, record).some((credit) => isBefore(credit, claim));
  const chain = evidence.chain(record.chainId);
  const { accepted, counted: countedRounds } = participationOf(
    {
      beacon: beaconOn(chain, task),
      enrolled: enrolmentsOf(chain, task).length,
      workersPerRound: terms.workersPerRound,
      sampling: terms.sampling,
    },
    record.index,
    {
      accepted: acceptedRounds(finalized, terms, record.chainId, record.index) + (credited ? 1 : 0),
      counted: status === "Completed" ? finalized.length : terms.rounds,
      finalized: finalized.length,
    },
  );
  const who = `Worker ${record.worker} of ${chain.name}`;
  tally.require(
    args.acceptedRounds === accepted,
    `${who} was paid for ${args.acceptedRounds} rounds in transaction ${transactionHash}; ${accepted} rounds are right.`,
  );
  const attested = scores.find(({ chainId, index }) => chainId === record.chainId && index === record.index);
  // Before any round was final nothing is owed for what was not revealed, whatever the mechanism pays for.
  const dueFor = (score: string) =>
    finalized.length + accepted === 0
      ? 0n
      : audit.payOf(audited, {
          worker: record.worker,
          chainId: record.chainId,
          work,
          acceptedRounds: accepted,
          countedRounds,
          score,
        });
  const due = dueFor(attested?.score ?? "0x");
  // A worker may leave its score out, to its own disadvantage.
  const leftOut = attested !== undefined && args.amount !== due && args.amount === dueFor("0x");
  if (leftOut) {
    await tally.attempt(() =>
      claimCall(main, claim, (caller) =>
        tally.require(
          isSameAddress(caller, record.worker),
          `${who} was paid ${args.amount} wei in place of ${due} in transaction ${transactionHash}, in which ${caller} left its score out; only the worker itself may.`,
        ),
      ),
    );
    tally.note(`${who} claimed without its score: ${args.amount} wei in place of ${due}.`);
  }
  tally.require(
    args.amount === due || leftOut,
    `${who} was paid ${args.amount} wei in transaction ${transactionHash}; ${audit.describeWork(work)} and ${accepted} of ${countedRounds} rounds accepted earn ${due} wei.`,
  );
}

/** Main's own books on who has claimed. */
async function checkBooks(
  evidence: Evidence,
  records: readonly DueWork[],
  done: ReadonlyMap<DueWork, string>,
  tally: Tally,
): Promise<void> {
  const { main, manager, task } = evidence;
  for (const due of records) {
    const { worker, chainId, index } = due.record;
    const booked = await main.state(contracts.TaskManager, manager, "isClaimed", task, chainId, index);
    tally.require(
      booked === done.has(due),
      `Main has worker ${worker} of ${evidence.chain(chainId).name} down as ${booked ? "paid" : "unpaid"}, but shows ${done.has(due) ? "its" : "no"} claim.`,
    );
  }
  const { claims, status } = await evidence.state();
  tally.require(claims === done.size, `Main counts ${claims} claims and shows ${done.size}.`);
  const open = records.length - done.size;
  if (open > 0 && status !== "Open" && status !== "Rejected") {
    tally.note(`${open} of ${records.length} workers have not claimed.`);
  }
}
