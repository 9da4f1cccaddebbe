import type { Baseline } from "../../mechanisms/Baseline.ts";
import { baselineNamed, dividedBudget } from "../../mechanisms/baselines.ts";
import type { RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AskedClient, Enrolment, Payer, PayerFrame, Scoring } from "./Payer.ts";

/**
 * Divides a budget as a baseline says. It asks for a refresh every so often and for all updates, and pays for neither as
 * such.
 *
 * @param options - `budget`: wei. `refreshSeconds`: from refresh to refresh.
 * @throws BaseError `UNKNOWN_BASELINE`.
 */
export function baselinePayer(
  { baseline: name, budget, refreshSeconds }: { baseline: string; budget: bigint; refreshSeconds: number },
  frame: PayerFrame,
): Payer {
  const baseline = baselineNamed(name);
  if (baseline === undefined) throw new BaseError("UNKNOWN_BASELINE", `There is no baseline ${name}.`);
  const schedule = everySeconds(refreshSeconds, frame.epoch);
  return {
    ...{ name, worstCase: budget, mechanismTerms: "0x" },
    scoring: baseline.isByScores === true ? anyScoring() : undefined,
    enrol: (clients) => enrolled(clients, { baseline, budget, schedule, frame }),
    pay: (past) => dividedBudget(baseline, past, budget),
  };
}

/** The first mechanism that scores workers, and tells of its scores how much they taught. */
function anyScoring(): Scoring {
  const found = MECHANISMS.find(({ scores, resettlement }) => scores && resettlement?.gainPpb);
  if (found?.scores === undefined) throw new BaseError("NO_SCORES", "No mechanism scores workers.");
  return { mechanism: found.name, scores: found.scores };
}

/**
 * Who takes part where a part of the budget covers what it costs: the equilibrium in which nobody who is in would rather
 * be out, and nobody who is out would rather be in. In order of cost by weight, each comes in whose part, with those
 * before it, covers its cost: who comes in later costs more by weight, so that the part of those before still does. What a client expects is what its weight would be if everybody did
 * what is asked, and taught alike.
 */
function enrolled(
  clients: readonly AskedClient[],
  {
    baseline,
    budget,
    schedule,
    frame,
  }: { baseline: Baseline; budget: bigint; schedule: RefreshSchedule; frame: PayerFrame },
): readonly Enrolment[] {
  const weights = baseline.shares({ task: 0n, workers: clients.map((client) => expected(client, frame)) });
  const costs = clients.map(
    ({ costs }) => BigInt(schedule.count) * costs.refresh + BigInt(frame.expectedUpdates) * costs.update,
  );
  const order = clients
    .map((_, i) => i)
    .filter((i) => weights[i]!.weight > 0n)
    .toSorted((a, b) => {
      const difference = costs[a]! * weights[b]!.weight - costs[b]! * weights[a]!.weight;
      return difference === 0n ? a - b : difference < 0n ? -1 : 1;
    });
  const isIn = new Set<number>();
  let whole = 0n;
  for (const i of order) {
    const { weight } = weights[i]!;
    // One of less weight behind it may fit in all the same.
    if (budget * weight < costs[i]! * (whole + weight)) continue;
    whole += weight;
    isIn.add(i);
  }
  return clients.map(({ updateSeconds, costs: { update } }, i) =>
    isIn.has(i)
      ? { choice: "0x", schedule, updateSeconds, updateCost: update }
      : { abstain: "its part of the budget would not cover its refreshes and updates" },
  );
}

function expected({ address, samples }: AskedClient, { rounds }: PayerFrame) {
  return {
    worker: address,
    updates: [{ round: 0, samples, openedAt: 0, committedAt: 0, revealedAt: 0, isTaken: true }],
    acceptedRounds: rounds,
    gainPpb: 1,
  };
}

function everySeconds(every: number, { startTime, epochSeconds }: PayerFrame["epoch"]): RefreshSchedule {
  const count = Math.ceil(epochSeconds / every);
  return {
    count,
    freshSeconds: every,
    timeOf: (j) => startTime + j * every,
    lastBy: (time) => Math.max(-1, Math.min(count - 1, Math.floor((time - startTime) / every))),
  };
}
