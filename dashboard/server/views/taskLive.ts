import { acceptedCount, isAccepted } from "../../../protocol/acceptance.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { commitsUntil, revealsFrom, roundSeconds, roundTime } from "../../../protocol/roundTimes.ts";
import type { SubchainView, TaskView } from "../../../tasks/view/TaskView.ts";
import { type TaskPhase, taskPhase } from "../../../tasks/view/taskPhase.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type { Missing, RoundView, TaskLive, WorkerView } from "../../api/TaskLive.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { heldOf } from "./heldOf.ts";
import { ifReadable, offerOf, taskMoment } from "./taskMoment.ts";
import { taskRow } from "./taskRow.ts";

/** What happened last, so many things. */
const MOST_TOLD = 100;
/** Who is named of those that are missing. */
const MOST_MISSING = 500;

/** A task as it runs. */
export function taskLive(watch: NetworkWatch, task: WatchedTask): TaskLive {
  const { view } = task;
  const { terms } = view;
  const { schedule } = terms;
  const phase = taskPhase(view, watch.now);
  const rounds = roundViews(watch, view);
  return {
    row: taskRow(watch, task),
    deadline: deadlineOf(view, phase),
    schedule: { ...schedule },
    terms: {
      specDigest: terms.specDigest,
      initialModel: terms.initialModel,
      targetScore: terms.targetScorePpb === 0 ? null : terms.targetScorePpb / 1e9,
      quorum: terms.quorumPpb / 1e9,
      minUpdates: terms.minUpdates,
      maxWorkers: terms.maxWorkers,
      attestations: terms.attestations,
      aggregators: [...terms.aggregators],
    },
    offer: offerOf(watch, task),
    curve: view.rounds.flatMap(({ result }, i) =>
      result === undefined ? [] : [{ round: i + 1, score: result.score, at: result.finalizedAt }],
    ),
    rounds,
    workers: workerViews(watch, task),
    missing: missingIn(watch, view, phase).slice(0, MOST_MISSING),
    aggregators: terms.aggregators.map((address) => {
      const attested = view.rounds.flatMap((round, i) => (round.attested.has(address) ? [i + 1] : []));
      return { address, attestedRounds: attested.length, lastRound: attested.at(-1) ?? null };
    }),
    log: logOf(watch, task),
    refusal:
      view.refusal === undefined
        ? null
        : new ContractRevert("CrossChainManager.verifyTask", view.refusal).shortMessage,
    ...heldOf(watch, task),
  };
}

/** When a phase ends by itself, and what comes then. */
function deadlineOf(view: TaskView, phase: TaskPhase): TaskLive["deadline"] {
  const { schedule, rounds } = view.terms;
  const { startTime, deadline, commitSeconds, revealSeconds, epochSeconds } = schedule;
  switch (phase.name) {
    case "enrolling":
      return { at: startTime, next: "the epoch begins" };
    case "committing":
    case "revealing": {
      const opened = view.subchains.flatMap((chain) => chain.rounds[phase.round] ?? []);
      // A round that has not opened on a subchain yet has no end there.
      if (opened.length === 0) return null;
      const ends = opened.map((round) =>
        phase.name === "committing"
          ? commitsUntil(round, commitSeconds)
          : revealsFrom(round, commitSeconds) + revealSeconds,
      );
      const at = ends.reduce((latest, end) => Math.max(latest, end), 0);
      return phase.name === "committing"
        ? { at, next: "updates are revealed" }
        : { at, next: "the round is reported and aggregated" };
    }
    case "aggregating": {
      const openedAt = Math.max(
        view.rounds[phase.round - 1]?.result?.finalizedAt ?? startTime,
        roundTime({ ...schedule, rounds }, phase.round),
      );
      return {
        at: openedAt + roundSeconds(schedule),
        next: "the round goes on without reports that are missing",
      };
    }
    case "overdue":
      return { at: deadline, next: "anybody may end the task" };
    case "settling":
      return { at: Math.max(startTime + epochSeconds, view.endedAt ?? 0), next: "the epoch is settled" };
    default:
      return null;
  }
}

function roundViews(watch: NetworkWatch, view: TaskView): RoundView[] {
  const count = view.subchains.reduce(
    (most, { rounds }) => Math.max(most, rounds.length),
    view.rounds.length,
  );
  return Array.from({ length: count }, (_, i): RoundView => {
    const round = view.rounds[i];
    const result = round?.result;
    const opened = view.subchains.flatMap(({ rounds }) => rounds[i]?.openedAt ?? []);
    return {
      round: i + 1,
      state: result === undefined ? "open" : "finalized",
      openedAt: opened.length === 0 ? null : opened.reduce((least, at) => Math.min(least, at)),
      finalizedAt: result?.finalizedAt ?? null,
      score: result?.score ?? null,
      globalModel: result?.globalModel ?? null,
      subchains: view.subchains.map((chain, place) => {
        const own = chain.rounds[i];
        return {
          chain: watch.nameOf(chain.chainId),
          committed: own?.committed.length ?? 0,
          revealed: own?.revealed.length ?? 0,
          accepted: result === undefined ? null : acceptedCount(result.accepted[place] ?? []),
          reported: round?.reported.get(chain.chainId) ?? null,
          closedAt: own?.closedAt ?? null,
          abandoned: own?.abandoned ?? false,
        };
      }),
      attested: [...(round?.attested ?? [])].map(([aggregator, aggregateHash]) => ({
        aggregator,
        aggregateHash,
      })),
    };
  });
}

function workerViews(watch: NetworkWatch, task: WatchedTask): WorkerView[] {
  const { view } = task;
  const { moment, mechanism } = taskMoment(watch, task);
  const histories = workerHistories(view);
  const paid = new Map(view.payments.map((one) => [`${one.chainId}/${one.worker}`, one]));
  const committed = roundsOf(view, "committed");
  let at = 0;
  return view.subchains.flatMap((chain, place) => {
    const role = watch.feedOf(chain.chainId)?.place.role;
    return chain.workers.map(({ worker, enrolledAt, refreshes }, index): WorkerView => {
      const history = histories[at++]!;
      const key = `${chain.chainId}/${worker}`;
      const payment = paid.get(key);
      const facts = ifReadable(() => mechanism?.facts(history, moment)) ?? {};
      const all = { ...facts, epochSeconds: view.terms.schedule.epochSeconds };
      const shown = ifReadable(() =>
        mechanism?.columns.map(({ header, text }) => ({ header, text: text(all) })),
      );
      const standing = mechanism?.standing;
      const holds = ifReadable(() => standing?.holds(history, moment));
      return {
        worker,
        chain: watch.nameOf(chain.chainId),
        space: role === "physical" ? "physical" : "virtual",
        index,
        enrolledAt,
        facts: { ...facts },
        shown: Object.keys(facts).length === 0 ? [] : (shown ?? []),
        standing:
          standing === undefined || holds === undefined || view.status !== "Open"
            ? null
            : { word: standing.word, holds },
        lastRefreshAt: refreshes.at(-1) ?? null,
        refreshes: refreshes.length,
        committedRounds: (committed.get(key) ?? []).map((round) => round + 1),
        revealedRounds: history.revealedRounds.map((round) => round + 1),
        acceptedRounds: view.rounds.flatMap(({ result }, i) =>
          isAccepted(result?.accepted[place] ?? [], index) ? [i + 1] : [],
        ),
        paid: payment === undefined ? null : { amount: String(payment.amount), at: payment.at },
      };
    });
  });
}

/** In which rounds, from 0, each worker did something, by chain id and worker. */
function roundsOf(view: TaskView, what: "committed" | "revealed"): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { chainId, rounds } of view.subchains) {
    for (const [i, round] of rounds.entries()) {
      for (const worker of round[what]) {
        const key = `${chainId}/${worker}`;
        const list = found.get(key);
        if (list === undefined) found.set(key, [i]);
        else list.push(i);
      }
    }
  }
  return found;
}

/** Who is waited for in a phase. */
function missingIn(watch: NetworkWatch, view: TaskView, phase: TaskPhase): Missing[] {
  const main = watch.network.main.name;
  const { schedule } = view.terms;
  switch (phase.name) {
    case "enrolling":
      return view.subchains
        .filter(({ arrivedAt }) => arrivedAt === undefined)
        .map(({ chainId }) => ({
          who: { kind: "subchain", address: null, chain: watch.nameOf(chainId) },
          what: "has not heard of the task",
          until: schedule.startTime,
        }));
    case "committing":
    case "revealing":
      return view.subchains.flatMap((chain) => missingWorkers(watch, view, chain, phase.round));
    case "aggregating":
      return missingInAggregation(watch, view, phase.round);
    case "overdue":
      return [
        {
          who: { kind: "anybody", address: null, chain: main },
          what: "ends the task: its deadline is over",
          until: null,
        },
      ];
    case "settling":
      return view.subchains
        .filter(({ settlementAt }) => settlementAt === undefined)
        .map(({ chainId, settledAt }) => ({
          who: { kind: "subchain", address: null, chain: watch.nameOf(chainId) },
          what:
            settledAt === undefined
              ? "has not recorded its workers' work"
              : "has settled, and its report has not come to the main chain",
          until: null,
        }));
    case "claiming": {
      const claimed = new Set(view.payments.map(({ chainId, worker }) => `${chainId}/${worker}`));
      return view.subchains
        .filter(({ settlementAt }) => settlementAt !== undefined)
        .flatMap(({ chainId, workers }) =>
          workers
            .filter(({ worker, work }) => work !== undefined && !claimed.has(`${chainId}/${worker}`))
            .map(({ worker }) => ({
              who: { kind: "worker" as const, address: worker, chain: watch.nameOf(chainId) },
              what: "may claim its pay",
              until: null,
            })),
        );
    }
    case "refunding":
      return [
        {
          who: {
            kind: "publisher",
            address: watch.task(view.task)?.page.published?.publisher ?? null,
            chain: main,
          },
          what: `takes back what is left: ./freshet task refund ${view.task}`,
          until: null,
        },
      ];
    case "unheard":
    case "ended":
      return [];
    default:
      return phase satisfies never;
  }
}

function missingWorkers(watch: NetworkWatch, view: TaskView, chain: SubchainView, round: number): Missing[] {
  const own = chain.rounds[round];
  const { commitSeconds, revealSeconds } = view.terms.schedule;
  const name = watch.nameOf(chain.chainId);
  if (own === undefined) {
    return [
      {
        who: { kind: "subchain", address: null, chain: name },
        what: `has not begun round ${round + 1}`,
        until: null,
      },
    ];
  }
  if (own.closedAt !== undefined || own.abandoned) return [];
  const from = revealsFrom(own, commitSeconds);
  const commits = watch.now < from && own.commitsClosedAt === undefined;
  const done = new Set(commits ? own.committed : own.revealed);
  const due = commits ? chain.workers.map(({ worker }) => worker) : own.committed;
  return due
    .filter((worker) => !done.has(worker))
    .map((worker) => ({
      who: { kind: "worker", address: worker, chain: name },
      what: commits
        ? `commits to an update of round ${round + 1}`
        : `reveals its update of round ${round + 1}`,
      until: commits ? commitsUntil(own, commitSeconds) : from + revealSeconds,
    }));
}

function missingInAggregation(watch: NetworkWatch, view: TaskView, round: number): Missing[] {
  const main = watch.network.main.name;
  const reported = view.rounds[round]?.reported ?? new Map();
  const silent = view.subchains
    .filter(({ chainId }) => !reported.has(chainId))
    .map(
      (chain): Missing => ({
        who: { kind: "subchain", address: null, chain: watch.nameOf(chain.chainId) },
        what:
          chain.rounds[round]?.closedAt === undefined
            ? `has not closed round ${round + 1}`
            : `closed round ${round + 1}, and its report has not come to the main chain`,
        until: null,
      }),
    );
  if (silent.length > 0) return silent;
  const attested = view.rounds[round]?.attested ?? new Map();
  if (attested.size >= view.terms.attestations) return [];
  return view.terms.aggregators
    .filter((aggregator) => !attested.has(aggregator))
    .map((address) => ({
      who: { kind: "aggregator", address, chain: main },
      what: `attests round ${round + 1} (${attested.size} of ${view.terms.attestations} have)`,
      until: null,
    }));
}

function logOf(watch: NetworkWatch, { page, parts }: WatchedTask): TaskLive["log"] {
  const main = watch.network.main.name;
  return [
    ...page.happened.map((one) => ({ ...one, chain: main })),
    ...[...parts].flatMap(([chainId, part]) => {
      const chain = watch.nameOf(chainId);
      return part.happened.map((one) => ({ ...one, chain }));
    }),
  ]
    .sort((a, b) => a.at - b.at)
    .slice(-MOST_TOLD)
    .map(({ at, chain, text, block, transaction }) => ({ at, chain, text, block, transaction }));
}
