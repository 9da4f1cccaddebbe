import { type EventNamed, isBefore } from "../../chains/clients/ChainEvent.ts";
import type { MechanismAudit } from "../../mechanisms/MechanismAudit.ts";
import { contracts } from "../../protocol/contracts.ts";
import { recordLeaf } from "../../protocol/leaves.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import { type DueWork, dueWork } from "../evidence/dueWork.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolledWorkers } from "../evidence/enrolledWorkers.ts";
import { ofKind } from "../evidence/taskMessages.ts";
import type { Tally } from "../Tally.ts";
import { checkWorkers } from "./checkWorkers.ts";

/**
 * Every worker's work, which its mechanism derives again from what the blocks show, is what the subchain recorded,
 * leads to the settlement root that it reported and that main holds, and adds up to every reported total. Counts
 * workers.
 */
export async function checkWork(evidence: Evidence, tally: Tally): Promise<void> {
  const { audit } = await evidence.mechanism();
  for (const chain of await evidence.subchains()) {
    await checkWorkers(evidence, chain, tally);
    const due = await dueWork(evidence, chain, tally);
    const recorded = eventsOf(chain, evidence.task, "WorkRecorded");
    for (const [place, event] of recorded.entries()) {
      checkRecord(audit, chain, event, due[place], tally);
      tally.count();
    }
    await checkRoundTotals(evidence, audit, chain, tally);
    await checkSettlement(evidence, audit, chain, due, recorded.length, tally);
  }
}

function checkRecord(
  audit: MechanismAudit,
  chain: ChainEvidence,
  { args, transactionHash }: EventNamed<"WorkRecorded">,
  due: DueWork | undefined,
  tally: Tally,
): void {
  const who = `Worker ${args.worker} of ${chain.name}`;
  tally.require(
    due !== undefined && due.record.worker === args.worker,
    `${who} was recorded in transaction ${transactionHash} where ${due?.record.worker ?? "nobody"} was next by enrolment.`,
  );
  tally.require(
    due.record.index === args.index,
    `${who} was recorded with index ${args.index}; it enrolled with index ${due.record.index}.`,
  );
  tally.require(
    due.work === args.work,
    `${who} was recorded with ${words(audit.describeWork, args.work)}; what the blocks show gives ${words(audit.describeWork, due.work)}.`,
  );
}

/** The settlement on the subchain and on main, and the message between them. */
async function checkSettlement(
  evidence: Evidence,
  audit: MechanismAudit,
  chain: ChainEvidence,
  due: readonly DueWork[],
  recorded: number,
  tally: Tally,
): Promise<void> {
  const { main, manager, task } = evidence;
  const [closed] = eventsOf(chain, task, "EpochClosed");
  const reports = ofKind(evidence.messagesFrom(chain), "EpochSettled");
  const settled = await main.state(contracts.TaskManager, manager, "settlementOf", task, chain.chainId);
  if (closed === undefined) {
    tally.require(
      reports.length === 0 && settled.receivedAt === 0,
      `${chain.name} has not closed the epoch, but a settlement of it was ${settled.receivedAt !== 0 ? "received by main" : "sent"}.`,
    );
    const { status } = await evidence.state();
    const note = `${chain.name} has not settled yet; ${recorded} of ${due.length} workers are recorded.`;
    if (status !== "Rejected") tally.note(note);
    return;
  }
  const root = new MerkleTree(due.map(({ record }) => recordLeaf(record))).root();
  tally.require(
    recorded === due.length && closed.args.workers === due.length,
    `${chain.name} settled ${closed.args.workers} workers and recorded ${recorded}; ${due.length} had enrolled.`,
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
  tally.require(
    body.recordsRoot === root && body.workers === due.length && body.chainId === chain.chainId,
    `${chain.name} reported ${body.workers} workers under root ${body.recordsRoot}; ${due.length} under ${root} are right.`,
  );
  const all = await enrolledWorkers(chain, task);
  const totals = audit.totalsOf(await evidence.audited(), { settled: all, running: [] });
  checkTotals(audit, `The settlement of ${chain.name}`, body.totals, totals, tally);
  if (settled.receivedAt === 0) return;
  tally.require(
    settled.recordsRoot === root && settled.workers === due.length,
    `Main holds ${settled.workers} workers under root ${settled.recordsRoot} as the settlement of ${chain.name}; ${due.length} under ${root} are right.`,
  );
}

/** Each round's report states the totals of what had happened before it. */
async function checkRoundTotals(
  evidence: Evidence,
  audit: MechanismAudit,
  chain: ChainEvidence,
  tally: Tally,
): Promise<void> {
  const { task } = evidence;
  const audited = await evidence.audited();
  for (const { body, transactionHash } of ofKind(evidence.messagesFrom(chain), "RoundReported")) {
    const closed = eventsOf(chain, task, "RoundClosed").find(
      (event) => event.transactionHash === transactionHash,
    );
    if (closed === undefined) continue;
    const settled = new Set(
      eventsOf(chain, task, "WorkRecorded")
        .filter((event) => isBefore(event, closed))
        .map(({ args }) => args.worker),
    );
    const workers = await enrolledWorkers(chain, task, closed);
    const totals = audit.totalsOf(audited, {
      settled: workers.filter(({ worker }) => settled.has(worker)),
      running: workers.filter(({ worker }) => !settled.has(worker)),
    });
    checkTotals(
      audit,
      `The report of ${chain.name} on round ${ordinal(body.round)}`,
      body.totals,
      totals,
      tally,
    );
  }
}

function checkTotals(audit: MechanismAudit, what: string, stated: string, due: string, tally: Tally): void {
  tally.require(
    stated === due,
    `${what} states totals of ${words(audit.describeTotals, stated)}; what the blocks show gives ${words(audit.describeTotals, due)}.`,
  );
}

/** What bytes say, or the bytes where they say nothing: a lying chain may have written anything. */
function words(describe: (bytes: string) => string, bytes: string): string {
  try {
    return describe(bytes);
  } catch {
    return bytes;
  }
}
