import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { baselineNamed, dividedBudget } from "../../mechanisms/baselines.ts";
import { historyLacks } from "../../mechanisms/historyLacks.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type { ChooseBy, PastTask, Resettled } from "../../mechanisms/MechanismResettlement.ts";
import type { MechanismTerms, TaskFrame } from "../../mechanisms/MechanismTask.ts";
import { knownMechanism, mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import type { TaskView } from "../view/TaskView.ts";
import { openRound } from "../view/taskPhase.ts";
import type { ComparedPolicy, PayTerms, Rescored, TaskComparison } from "./Comparison.ts";
import { type PastTaskParameters, pastTask } from "./pastTask.ts";

/** What is needed to compare a task besides its view. */
export interface TaskComparisonParameters extends PastTaskParameters {
  network: Pick<NetworkFile, "subchains">;
  /** What it is paid by; all of it answers in the order that it has here. */
  policies: readonly PayTerms[];
  /** What aggregators of its own mechanism should have attested, derived again (`scoredAnew`); nobody looked unless given. */
  again?: readonly ScoreRecord[] | undefined;
  /** By what workers' choices are known under other terms; by what they chose in fact unless given. */
  choose?: ChooseBy;
}

/**
 * Pays a task's history by other terms: who would have earned what, had everybody done what it did. Of a task that is
 * still running, for what happened so far.
 *
 * @throws BaseError `HISTORY_LACKS` where the history has not what the terms pay for, `NO_RESETTLEMENT` where a mechanism
 * does not tell how it would pay, `UNKNOWN_MECHANISM`, `UNKNOWN_BASELINE`, and what a mechanism throws where there are no
 * such terms.
 *
 * @example
 * const policies = [parsePolicy(await readJson("other.json", "POLICY_INVALID"), { source: "other.json" })];
 * taskComparison(await history.task(1n), { network, now, policies }).policies[0].total; // "241600000000000000000"
 */
export function taskComparison(view: TaskView, parameters: TaskComparisonParameters): TaskComparison {
  const { network, now, policies, choose = "recorded" } = parameters;
  const { status, escrow, terms } = view;
  const mechanism = knownMechanism(terms.mechanism);
  // What was attested cannot be read: what should have been is as good, and it is said.
  const scores = parameters.scores ?? parameters.again;
  const past = pastTask(view, { ...parameters, scores });
  const canBePaid = mechanism !== undefined && view.mechanismTerms !== undefined;
  const own = canBePaid ? owed(view, past, ownPays(past, mechanism, "recorded")) : undefined;
  const payments = new Map(
    view.payments.map(({ chainId, worker, amount }) => [`${chainId}/${worker}`, amount]),
  );
  const paid = past.workers.map(({ chainId, worker }) => payments.get(`${chainId}/${worker}`));
  const earned = own?.pays.map(({ amount }) => amount);
  const was = paid.map((amount, i) => amount ?? earned?.[i] ?? 0n);
  const anew = new Set(Object.keys(parameters.anew ?? {}));
  const about = { view, past, mechanism, choose, was, anew };
  const { startTime, epochSeconds } = terms.schedule;
  const isOpen = status === "Open" || status === "None";
  return {
    taskId: String(view.task),
    status,
    isRunning:
      isOpen || (now < startTime + epochSeconds && past.workers.some(({ work }) => work === undefined)),
    mechanism: mechanism?.name ?? null,
    choose,
    funded: String(escrow.funded),
    paid: String(escrow.paid),
    earned: earned === undefined ? null : String(sum(earned)),
    workers: past.workers.map(({ worker, chainId }, i) => ({
      worker,
      chain: chainName(network, chainId),
      chainId: String(chainId),
      paid: paid[i] === undefined ? null : String(paid[i]),
      earned: earned === undefined ? null : String(earned[i]),
    })),
    policies: policies.map((policy) => compared(policy, about)),
    rescored: rescoredOf(view, mechanism, parameters),
  };
}

/** How scores that were derived again stand beside what was attested. */
function rescoredOf(
  { subchains }: TaskView,
  mechanism: Mechanism | undefined,
  { again, scores, network }: TaskComparisonParameters,
): Rescored | null {
  if (again === undefined) return null;
  if (scores === undefined) return { attested: null, anew: again.length, differences: [] };
  const [attested, anew] = [scores, again].map(
    (records) => new Map(records.map(({ chainId, index, score }) => [`${chainId}/${index}`, score])),
  );
  const words = (score: string | undefined) =>
    score === undefined ? null : (mechanism?.resettlement?.describeScore?.(score) ?? score);
  return {
    attested: scores.length,
    anew: again.length,
    differences: subchains.flatMap(({ chainId, workers }) =>
      workers.flatMap(({ worker }, index) => {
        const [was, is] = [attested!.get(`${chainId}/${index}`), anew!.get(`${chainId}/${index}`)];
        if (was === is) return [];
        return [{ worker, chain: chainName(network, chainId), attested: words(was), anew: words(is) }];
      }),
    ),
  };
}

function chainName({ subchains }: TaskComparisonParameters["network"], chainId: bigint): string {
  return subchains.find((place) => BigInt(place.chainId) === chainId)?.name ?? String(chainId);
}

/** A task that is compared. */
interface Compared {
  view: TaskView;
  past: PastTask;
  mechanism: Mechanism | undefined;
  choose: ChooseBy;
  /** What each worker was paid or, where it was not, earned. */
  was: readonly bigint[];
  /** By which mechanisms workers were scored anew. */
  anew: ReadonlySet<string>;
}

/** What is assumed where workers were scored anew. */
const SCORED_ANEW =
  "Workers are scored as aggregators would have: anew from storage, and all on held-out samples, whatever was synchronized to them.";

/** What terms come to, and what is known of the terms. */
interface Paid {
  name: string;
  mechanism: string;
  settled: Resettled;
  budget?: bigint;
  published?: MechanismTerms & { escrow: bigint };
  warnings?: readonly string[];
  /** Whether it goes by scores that nobody attested. */
  isByScores?: boolean;
}

function compared(policy: PayTerms, about: Compared): ComparedPolicy {
  const { view, past, was } = about;
  const { name, mechanism, settled, budget, published, warnings = [], isByScores } = paidBy(policy, about);
  const { pays, assumptions } = owed(view, past, settled);
  const total = sum(pays.map(({ amount }) => amount));
  return {
    ...{ name, mechanism, warnings },
    assumptions: isByScores === true ? [...assumptions, SCORED_ANEW] : assumptions,
    total: String(total),
    difference: String(total - sum(was)),
    budget: budget === undefined ? null : String(budget),
    remainder: budget === undefined ? null : String(budget - total),
    escrow: published === undefined ? null : String(published.escrow),
    worstCase: published === undefined ? null : String(published.worstCase),
    isFunded: total <= view.escrow.funded,
    pays: pays.map(({ amount, why }, i) => ({
      amount: String(amount),
      difference: String(amount - was[i]!),
      why,
    })),
  };
}

function paidBy(policy: PayTerms, about: Compared): Paid {
  const { view, past, mechanism, choose, was, anew } = about;
  switch (policy.kind) {
    case "recorded": {
      if (mechanism === undefined || view.mechanismTerms === undefined) {
        throw new BaseError("UNKNOWN_MECHANISM", `What task ${past.task} pays by is not known here.`, {
          details: `Its mechanism is ${view.terms.mechanism}.`,
          next: "Use a version of Freshet that has it, or compare by a baseline.",
        });
      }
      const { name } = mechanism;
      return { name: "its own terms", mechanism: name, settled: ownPays(past, mechanism, choose) };
    }
    case "policy":
      return { ...paidByPolicy(policy, about), isByScores: anew.has(policy.mechanism) };
    case "baseline": {
      const baseline = baselineNamed(policy.baseline);
      if (baseline === undefined) {
        throw new BaseError("UNKNOWN_BASELINE", `There is no baseline ${policy.baseline}.`);
      }
      const budget = policy.budget ?? sum(was);
      const settled = dividedBudget(baseline, past, budget);
      const assumptions = [
        `${baseline.name} pays ${baseline.about}.`,
        ...(policy.budget === undefined
          ? ["It divides as much as the task paid, or owes those who were not paid yet."]
          : []),
      ];
      return {
        ...{ name: baseline.name, mechanism: baseline.name, budget },
        settled: { ...settled, assumptions },
        isByScores: baseline.isByScores === true && anew.size > 0,
      };
    }
    default:
      return policy satisfies never;
  }
}

function paidByPolicy(
  { name, mechanism, reward }: Extract<PayTerms, { kind: "policy" }>,
  { view, past, choose }: Pick<Compared, "view" | "past" | "choose">,
): Paid {
  const { resettlement, task } = mechanismNamed(mechanism);
  if (resettlement === undefined) {
    throw new BaseError(
      "NO_RESETTLEMENT",
      `${mechanism} does not tell how it pays for another task's history.`,
      {
        next: "Compare by another mechanism, or by a baseline.",
      },
    );
  }
  const frame = frameOf(view);
  const published = task.terms(reward, frame);
  const settled = resettlement.settle(past, { mechanismTerms: published.encoded, choose });
  const { budget } = reward;
  const escrow = typeof budget === "string" ? BigInt(budget) : published.worstCase;
  return {
    name,
    mechanism,
    settled,
    published: { ...published, escrow },
    warnings: warningsOf(task, reward, frame),
  };
}

/** What a publisher should know of such terms; also that no chain would take them, which is no reason not to compare. */
function warningsOf(
  { warnings }: Mechanism["task"],
  reward: Readonly<Record<string, unknown>>,
  frame: TaskFrame,
): readonly string[] {
  try {
    return warnings?.(reward, frame) ?? [];
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const { shortMessage, details } = error;
    return [[shortMessage, details].filter((sentence) => sentence !== undefined).join(" ")];
  }
}

/** What a task's own terms pay for its history. */
function ownPays(past: PastTask, { name, audit, resettlement }: Mechanism, choose: ChooseBy): Resettled {
  const { mechanismTerms, terms } = past;
  if (resettlement !== undefined) return resettlement.settle(past, { mechanismTerms, choose });
  if (choose === "best") {
    throw new BaseError("NO_RESETTLEMENT", `${name} does not tell what workers would choose.`, {
      next: "Compare by what they chose: --choose recorded.",
    });
  }
  const pays = past.workers.map(({ worker, chainId, work, acceptedRounds, countedRounds, scores }) => {
    if (work === undefined) {
      throw historyLacks(name, {
        task: past.task,
        missing: `What ${worker} did is known once its subchain has recorded it.`,
        next: "Wait for the end of the epoch.",
      });
    }
    const earned = { worker, chainId, work, acceptedRounds, countedRounds, score: scores[name] ?? "0x" };
    return {
      amount: audit.payOf({ terms, mechanismTerms }, earned),
      why: `${audit.describeWork(work)}, ${acceptedRounds} of ${countedRounds} rounds`,
    };
  });
  return { pays, assumptions: [] };
}

/** What is owed of what terms come to, by the rule of the core: of a task that ended before any round was final, only to who was credited. */
function owed(view: TaskView, { workers }: PastTask, { pays, assumptions }: Resettled): Resettled {
  const isOver = view.status !== "Open" && view.status !== "None";
  if (!isOver || openRound(view) > 0) return { pays, assumptions };
  return {
    assumptions,
    pays: pays.map((pay, i) =>
      workers[i]!.acceptedRounds > 0
        ? pay
        : { amount: 0n, why: "no round was final and none was credited: nothing is owed" },
    ),
  };
}

/** What a mechanism may go by when it makes terms for a task that was published. */
function frameOf({ terms }: TaskView): TaskFrame {
  return {
    epochSeconds: terms.schedule.epochSeconds,
    rounds: terms.rounds,
    maxWorkers: terms.maxWorkers,
    subchains: terms.subchains.length,
    maxSamples: terms.maxSamples,
  };
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((all, amount) => all + amount, 0n);
}
