import type {
  AuditedTask,
  CheckTally,
  EnrolledWorker,
  MechanismAudit,
} from "../../../mechanisms/MechanismAudit.ts";
import {
  decodeCount,
  decodeLane,
  decodeTerms,
  decodeWork,
  encodeCount,
  encodeLane,
  encodeWork,
} from "./encodings.ts";
import { termsOf } from "./task.ts";

/** What an audit re-derives of flat pay: its terms on every chain, reveals with their lanes, and pay. */
export const audit: MechanismAudit = {
  checks: [
    {
      name: "pay",
      title: "The pay is the specification's, fixed and paid for",
      unit: "terms",
      run: checkPay,
    },
    { name: "lanes", title: "Every subchain's meter has the lanes", unit: "subchains", run: checkLanes },
  ],

  work: { name: "reveals", title: "Work is what was revealed, each time in its lane" },

  workOf(task, worker, tally: CheckTally) {
    const { lanes } = decodeTerms(task.mechanismTerms);
    const lane = decodeLane(worker.choice);
    tally.require(lane < lanes, `Worker ${worker.worker} enrolled in lane ${lane}; there are ${lanes}.`);
    for (const { round, evidence } of worker.reveals) {
      tally.require(
        evidence === encodeLane(lane),
        `Worker ${worker.worker} showed ${evidence} in round ${round}; it enrolled in lane ${lane}.`,
      );
    }
    return encodeWork({ lane, reveals: worker.reveals.length });
  },

  totalsOf(_task, { settled, running }) {
    const all: readonly EnrolledWorker[] = [...settled, ...running];
    return encodeCount(
      "uint256",
      all.reduce((sum, { reveals }) => sum + reveals.length, 0),
    );
  },

  refreshesDue({ terms }, choice, time) {
    const { startTime, epochSeconds } = terms.schedule;
    const refreshes = decodeLane(choice) + 1;
    // The first is due at the start.
    const passed = Math.floor(((time - startTime) * refreshes) / epochSeconds);
    return Math.max(0, Math.min(refreshes, passed + 1));
  },

  payOf({ mechanismTerms }, { acceptedRounds, score }) {
    const counted = score === "0x" ? 0 : decodeCount("uint16", score);
    return decodeTerms(mechanismTerms).payPerRound * BigInt(Math.min(acceptedRounds, counted));
  },

  describeWork(work) {
    const { lane, reveals } = decodeWork(work);
    return `${reveals} reveals in lane ${lane}`;
  },

  describeTotals(totals) {
    return `${decodeCount("uint256", totals)} reveals`;
  },
};

async function checkPay(task: AuditedTask, tally: CheckTally): Promise<void> {
  const { terms, mechanismTerms, reward, budget, policy } = task;
  const { payPerRound, lanes } = decodeTerms(mechanismTerms);
  const fixed = policy
    .events("PayFixed")
    .find((event) => event.task === task.task && event.manager === policy.application);
  const held = await policy.read<bigint>("payPerRoundOf", policy.application, task.task);
  tally.require(
    fixed?.payPerRound === payPerRound && held === payPerRound,
    `The policy fixed a pay of ${fixed?.payPerRound ?? "nothing"} and holds ${held} wei; ${payPerRound} wei were published.`,
  );
  const places = terms.maxWorkers * terms.subchains.length;
  const worstCase = BigInt(terms.rounds) * BigInt(places) * payPerRound;
  tally.require(
    task.worstCase === worstCase && budget >= worstCase,
    `${terms.rounds} rounds of ${places} workers can cost ${worstCase} wei; ${task.worstCase} were stated, ${budget} put up.`,
  );
  const wanted = termsOf(reward);
  tally.require(
    wanted.payPerRound === payPerRound && wanted.lanes === lanes,
    `The specification asks for ${wanted.payPerRound} wei in ${wanted.lanes} lanes; ${payPerRound} in ${lanes} were published.`,
  );
  tally.count(2);
}

async function checkLanes({ task, mechanismTerms, meters }: AuditedTask, tally: CheckTally): Promise<void> {
  const { lanes } = decodeTerms(mechanismTerms);
  for (const { chain, application, read } of await meters()) {
    const held = await read<number>("lanesOf", application, task);
    tally.require(held === lanes, `The meter on ${chain} has ${held} lanes; ${lanes} were published.`);
    tally.count();
  }
}
