import { type EventNamed, isBefore } from "../../chains/clients/ChainEvent.ts";
import { payOf } from "../../mechanisms/aoi-contract/audit/payOf.ts";
import { workRecords } from "../../mechanisms/aoi-contract/audit/workRecords.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { WorkRecord } from "../../protocol/leaves.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { acceptedRounds, finalizedRounds } from "../evidence/finalizedRounds.ts";
import type { Tally } from "../Tally.ts";
import { Movements } from "./Movements.ts";

/**
 * Every payment is what its worker earned by the item it enrolled with, the coverage
 * that block times give and the rounds that took its updates; the claim, the escrow
 * and the token say the same amount to the same account in one transaction; nobody is
 * paid twice or without a record. Counts payments.
 */
export async function checkPayments(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, network, task } = evidence;
  const { escrow } = network.main.contracts;
  const claims = eventsOf(main, task, "RewardClaimed");
  const [closed] = eventsOf(main, task, "TaskClosed");
  const paid = new Movements(
    eventsOf(main, task, "Paid").map(({ transactionHash, args }) => ({
      transactionHash,
      to: args.worker,
      amount: args.amount,
    })),
  );
  const [funded] = eventsOf(main, task, "Funded");
  const transfers = Movements.ofTransfers(
    funded === undefined ? [] : await main.transfers(funded.args.token, escrow),
  );
  const records: WorkRecord[] = [];
  for (const chain of await evidence.subchains()) records.push(...(await workRecords(evidence, chain)));

  const done = new Map<WorkRecord, string>();
  for (const claim of claims) {
    const { worker, chainId, amount } = claim.args;
    const who = `Worker ${worker} of ${evidence.chain(chainId).name}`;
    const record = records.find((other) => other.chainId === chainId && other.worker === worker);
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
    await checkClaim(evidence, claim, record, tally);
    if (amount !== 0n) {
      const movement = { transactionHash: claim.transactionHash, to: worker, amount };
      tally.require(
        paid.take(movement),
        `${who} claimed ${amount} wei in transaction ${claim.transactionHash}, where the escrow states ${paid.leftIn(claim.transactionHash)}.`,
      );
      tally.require(
        transfers.take(movement),
        `${who} claimed ${amount} wei in transaction ${claim.transactionHash}, where the token moved ${transfers.leftIn(claim.transactionHash)}.`,
      );
    }
    tally.count();
  }
  const [unclaimed] = paid.left;
  const payee = records.find(({ worker }) => worker === unclaimed?.to);
  tally.require(
    unclaimed === undefined,
    `The escrow paid ${unclaimed?.amount} wei to ${unclaimed?.to} (${payee === undefined ? "no worker" : `a worker of ${evidence.chain(payee.chainId).name}`}) in transaction ${unclaimed?.transactionHash}, which nobody claimed there.`,
  );
  await checkBooks(evidence, records, done, tally);
}

/** A claim's item, coverage, rounds and amount, re-derived. */
async function checkClaim(
  evidence: Evidence,
  { args, transactionHash }: EventNamed<"RewardClaimed">,
  record: WorkRecord,
  tally: Tally,
): Promise<void> {
  const { main, task } = evidence;
  const [terms, { status }] = await Promise.all([evidence.terms(), evidence.state()]);
  const { bonus, menu } = evidence.menu();
  const finalized = finalizedRounds(main, task);
  const accepted = acceptedRounds(finalized, terms, record.chainId, record.index);
  const rounds = status === "Completed" ? finalized.length : terms.rounds;
  const who = `Worker ${record.worker} of ${evidence.chain(record.chainId).name}`;
  tally.require(
    args.item === record.item,
    `${who} was paid for item ${args.item + 1} in transaction ${transactionHash}; it enrolled with item ${record.item + 1}.`,
  );
  tally.require(
    args.coveredSeconds === record.coveredSeconds && args.acceptedRounds === accepted,
    `${who} was paid for ${args.coveredSeconds} s covered and ${args.acceptedRounds} rounds in transaction ${transactionHash}; ${record.coveredSeconds} s and ${accepted} rounds are right.`,
  );
  const due = payOf({
    reward: menu[record.item]!.reward,
    bonus,
    coveredSeconds: record.coveredSeconds,
    epochSeconds: BigInt(terms.schedule.epochSeconds),
    acceptedRounds: BigInt(accepted),
    rounds: BigInt(rounds),
  });
  tally.require(
    args.amount === due,
    `${who} was paid ${args.amount} wei in transaction ${transactionHash}; ${record.coveredSeconds} of ${terms.schedule.epochSeconds} s covered and ${accepted} of ${rounds} rounds accepted earn ${due} wei with item ${record.item + 1}.`,
  );
}

/** Main's own books on who has claimed. */
async function checkBooks(
  evidence: Evidence,
  records: readonly WorkRecord[],
  done: ReadonlyMap<WorkRecord, string>,
  tally: Tally,
): Promise<void> {
  const { main, network, task } = evidence;
  const { manager } = network.main.contracts;
  for (const record of records) {
    const { worker, chainId, index } = record;
    const booked = await main.state(contracts.TaskManager, manager, "isClaimed", task, chainId, index);
    tally.require(
      booked === done.has(record),
      `Main has worker ${worker} of ${evidence.chain(chainId).name} down as ${booked ? "paid" : "unpaid"}, but shows ${done.has(record) ? "its" : "no"} claim.`,
    );
  }
  const { claims, status } = await evidence.state();
  tally.require(claims === done.size, `Main counts ${claims} claims and shows ${done.size}.`);
  const open = records.length - done.size;
  if (open > 0 && status !== "Open" && status !== "Rejected") {
    tally.note(`${open} of ${records.length} workers have not claimed.`);
  }
}
