import { type ChainEvidence, eventsOf } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import { enrolmentsOf } from "../../../audit/evidence/enrolmentsOf.ts";
import { refreshesOf } from "../../../audit/evidence/refreshesOf.ts";
import { ofKind } from "../../../audit/evidence/taskMessages.ts";
import { checkWorkers } from "../../../audit/rounds/checkWorkers.ts";
import type { Tally } from "../../../audit/Tally.ts";
import { type EventNamed, isBefore } from "../../../chains/clients/ChainEvent.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { recordLeaf, type WorkRecord } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { type Coverage, coverageOf } from "./coverageOf.ts";
import { workRecords } from "./workRecords.ts";

/**
 * Coverage and age of every worker, measured again from block times, are what the
 * subchain recorded, lead to the settlement root that it reported and that main
 * holds, and add up to every reported total. Counts workers.
 */
export async function checkCoverage(evidence: Evidence, tally: Tally): Promise<void> {
  for (const chain of await evidence.subchains()) {
    await checkWorkers(evidence, chain, tally);
    const records = await workRecords(evidence, chain);
    const recorded = eventsOf(chain, evidence.task, "WorkRecorded");
    for (const [place, event] of recorded.entries()) {
      checkRecord(chain, event, records[place], tally);
      tally.count();
    }
    await checkRoundTotals(evidence, chain, tally);
    await checkSettlement(evidence, chain, records, recorded.length, tally);
  }
}

function checkRecord(
  chain: ChainEvidence,
  { args, transactionHash }: EventNamed<"WorkRecorded">,
  due: WorkRecord | undefined,
  tally: Tally,
): void {
  const who = `Worker ${args.worker} of ${chain.name}`;
  tally.require(
    due !== undefined && due.worker === args.worker,
    `${who} was recorded in transaction ${transactionHash} where ${due?.worker ?? "nobody"} was next by enrolment.`,
  );
  tally.require(
    due.index === args.index && due.item === args.item,
    `${who} was recorded with index ${args.index} and item ${args.item + 1}; it enrolled with index ${due.index} and item ${due.item + 1}.`,
  );
  tally.require(
    due.coveredSeconds === args.coveredSeconds,
    `${who} was recorded with ${args.coveredSeconds} s covered; the block times of its refreshes give ${due.coveredSeconds} s.`,
  );
  tally.require(
    due.ageSquares === args.ageSquares,
    `${who} was recorded with ${args.ageSquares} s² of age; the block times of its refreshes give ${due.ageSquares} s².`,
  );
}

/** The settlement on the subchain and on main, and the message between them. */
async function checkSettlement(
  evidence: Evidence,
  chain: ChainEvidence,
  records: readonly WorkRecord[],
  recorded: number,
  tally: Tally,
): Promise<void> {
  const { main, network, task } = evidence;
  const [closed] = eventsOf(chain, task, "EpochClosed");
  const reports = ofKind(evidence.messagesFrom(chain), "EpochSettled");
  const settled = await main.state(
    contracts.TaskManager,
    network.main.contracts.manager,
    "settlementOf",
    task,
    chain.chainId,
  );
  if (closed === undefined) {
    tally.require(
      reports.length === 0 && !settled.received,
      `${chain.name} has not closed the epoch, but a settlement of it was ${settled.received ? "received by main" : "sent"}.`,
    );
    const { status } = await evidence.state();
    const note = `${chain.name} has not settled yet; ${recorded} of ${records.length} workers are recorded.`;
    if (status !== "Rejected") tally.note(note);
    return;
  }
  const root = new MerkleTree(records.map(recordLeaf)).root();
  tally.require(
    recorded === records.length && closed.args.workers === records.length,
    `${chain.name} settled ${closed.args.workers} workers and recorded ${recorded}; ${records.length} had enrolled.`,
  );
  tally.require(
    closed.args.recordsRoot === root,
    `${chain.name} settled with root ${closed.args.recordsRoot}; the records re-derived lead to ${root}.`,
  );
  const [report] = reports;
  tally.require(
    reports.length === 1 && report!.transactionHash === closed.transactionHash,
    `${chain.name} closed the epoch in transaction ${closed.transactionHash} and sent ${reports.length} settlements.`,
  );
  const { body } = report!;
  const totals = sum(records);
  tally.require(
    body.recordsRoot === root && body.workers === records.length && body.chainId === chain.chainId,
    `${chain.name} reported ${body.workers} workers under root ${body.recordsRoot}; ${records.length} under ${root} are right.`,
  );
  checkTotals(`The settlement of ${chain.name}`, body, totals, tally);
  if (!settled.received) return;
  tally.require(
    settled.recordsRoot === root && settled.workers === records.length,
    `Main holds ${settled.workers} workers under root ${settled.recordsRoot} as the settlement of ${chain.name}; ${records.length} under ${root} are right.`,
  );
}

/** Each round's report states the totals up to every worker's last refresh before it. */
async function checkRoundTotals(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { task } = evidence;
  const { menu } = evidence.menu();
  const { startTime, epochSeconds } = (await evidence.terms()).schedule;
  const refreshes = await refreshesOf(chain, task);
  for (const { body, transactionHash } of ofKind(evidence.messagesFrom(chain), "RoundReported")) {
    const closed = eventsOf(chain, task, "RoundClosed").find(
      (event) => event.transactionHash === transactionHash,
    );
    if (closed === undefined) continue;
    const byWorker = Map.groupBy(
      refreshes.filter(({ event }) => isBefore(event, closed)),
      ({ worker }) => worker,
    );
    const settled = new Set(
      eventsOf(chain, task, "WorkRecorded")
        .filter((event) => isBefore(event, closed))
        .map(({ args }) => args.worker),
    );
    const sofar = enrolmentsOf(chain, task).flatMap(({ worker, item }) => {
      const times = (byWorker.get(worker) ?? []).map(({ time }) => time);
      // The contract adds up at refreshes and at the settlement: who has had neither is not in the totals yet.
      if (times.length === 0 && !settled.has(worker)) return [];
      const until = settled.has(worker) ? startTime + epochSeconds : Math.max(...times);
      return [coverageOf({ from: startTime, refreshes: times, periodSeconds: menu[item]!.period, until })];
    });
    checkTotals(`The report of ${chain.name} on round ${body.round}`, body, sum(sofar), tally);
  }
}

function checkTotals(what: string, stated: Coverage, due: Coverage, tally: Tally): void {
  tally.require(
    stated.coveredSeconds === due.coveredSeconds && stated.ageSquares === due.ageSquares,
    `${what} states totals of ${stated.coveredSeconds} s covered and ${stated.ageSquares} s² of age; the block times give ${due.coveredSeconds} s and ${due.ageSquares} s².`,
  );
}

function sum(coverages: readonly Coverage[]): Coverage {
  return coverages.reduce<Coverage>(
    (total, { coveredSeconds, ageSquares }) => ({
      coveredSeconds: total.coveredSeconds + coveredSeconds,
      ageSquares: total.ageSquares + ageSquares,
    }),
    { coveredSeconds: 0n, ageSquares: 0n },
  );
}
