import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { acceptedCount, isAccepted } from "../../protocol/acceptance.ts";
import { type DataTable, dataTable, type RowOf } from "../../reports/exports/DataTable.ts";
import type { Exported } from "../../reports/exports/Exported.ts";
import type { EventRun, EventScalar } from "../../reports/exports/eventFile.ts";
import type { TaskStatement, WorkerStatement } from "../statement/Statement.ts";
import type { SubchainRoundView, SubchainView, TaskView } from "../view/TaskView.ts";
import { openRound } from "../view/taskPhase.ts";
import {
  PAY_TABLE,
  REFRESH_TABLE,
  ROUND_TABLE,
  TASK_TABLE,
  UPDATE_TABLE,
  WORKER_TABLE,
} from "./taskTableDefinitions.ts";

/** A task that is exported. */
export interface ExportedTask {
  readonly view: TaskView;
  readonly statement: TaskStatement;
  /** Of its specification, and what its scores are called; undefined where it cannot be read. */
  readonly name: string | undefined;
  readonly measure: string | undefined;
}

/**
 * Tasks as tables and as curves. All of it follows from what their chains tell: the same tasks give the same bytes.
 *
 * @param nameOf - A chain's name.
 */
export function taskExport(tasks: readonly ExportedTask[], nameOf: (chainId: bigint) => string): Exported {
  return { tables: tablesOf(tasks, nameOf), runs: tasks.map((task) => runOf(task, nameOf)) };
}

function tablesOf(tasks: readonly ExportedTask[], nameOf: (chainId: bigint) => string): DataTable[] {
  return [
    dataTable(TASK_TABLE, tasks.map(taskRow)),
    dataTable(
      ROUND_TABLE,
      tasks.flatMap(({ view }) => roundRows(view)),
    ),
    dataTable(
      UPDATE_TABLE,
      tasks.flatMap(({ view }) => updateRows(view, nameOf)),
    ),
    dataTable(
      REFRESH_TABLE,
      tasks.flatMap(({ view }) => refreshRows(view, nameOf)),
    ),
    dataTable(WORKER_TABLE, tasks.flatMap(workerRows)),
    dataTable(
      PAY_TABLE,
      tasks.flatMap(({ view, statement }) =>
        statement.workers.flatMap((worker) => payRows(view.task, worker)),
      ),
    ),
  ];
}

function taskRow({ view, name, measure }: ExportedTask): RowOf<typeof TASK_TABLE> {
  const { task, status, terms, escrow, rounds } = view;
  return {
    task,
    name: name ?? null,
    status,
    mechanism: knownMechanism(terms.mechanism)?.name ?? terms.mechanism,
    measure: measure ?? null,
    rounds_final: openRound(view),
    rounds_most: terms.rounds,
    workers: view.subchains.reduce((sum, { workers }) => sum + workers.length, 0),
    starts_at: terms.schedule.startTime,
    ended_at: view.endedAt ?? null,
    epoch_seconds: terms.schedule.epochSeconds,
    score: rounds[openRound(view) - 1]?.result?.score ?? null,
    funded_wei: escrow.funded,
    paid_wei: escrow.paid,
    refunded_wei: escrow.refunded,
    spec_digest: terms.specDigest,
  };
}

/** A round's number and its parts on the subchains, of every round that any chain told of. */
function roundsOf({ rounds, subchains }: TaskView): readonly (readonly SubchainRoundView[])[] {
  const count = subchains.reduce((most, chain) => Math.max(most, chain.rounds.length), rounds.length);
  return Array.from({ length: count }, (_, round) =>
    subchains.flatMap((chain) => (chain.rounds[round] === undefined ? [] : [chain.rounds[round]])),
  );
}

function roundRows(view: TaskView): RowOf<typeof ROUND_TABLE>[] {
  return roundsOf(view).map((parts, round) => {
    const told = view.rounds[round];
    const result = told?.result;
    return {
      task: view.task,
      round: round + 1,
      opened_at: parts[0]?.openedAt ?? null,
      final_at: result?.finalizedAt ?? null,
      score: result?.score ?? null,
      committed: parts.reduce((sum, { committed }) => sum + committed.length, 0),
      revealed: parts.reduce((sum, { revealed }) => sum + revealed.length, 0),
      accepted: result === undefined ? null : acceptedIn(result.accepted),
      attestations: told?.attested.size ?? 0,
      model_digest: result?.globalModel ?? null,
      block: result?.finalizedIn.block ?? null,
      transaction: result?.finalizedIn.transaction ?? null,
    };
  });
}

function acceptedIn(accepted: readonly (readonly bigint[])[]): number {
  return accepted.reduce((sum, words) => sum + acceptedCount(words), 0);
}

function updateRows(view: TaskView, nameOf: (chainId: bigint) => string): RowOf<typeof UPDATE_TABLE>[] {
  return view.subchains.flatMap((chain, subchain) =>
    chain.rounds.flatMap((round, number) => {
      const result = view.rounds[number]?.result;
      const committed = placesByWorker(round.committed, round.committedIn);
      const revealed = placesByWorker(round.revealed, round.revealedIn);
      return chain.workers.map(({ worker }, index) => ({
        task: view.task,
        round: number + 1,
        chain: nameOf(chain.chainId),
        worker,
        opened_at: round.openedAt,
        committed_at: committed.get(worker)?.time ?? null,
        revealed_at: revealed.get(worker)?.time ?? null,
        accepted: result === undefined ? null : isAccepted(result.accepted[subchain] ?? [], index),
        abandoned: round.abandoned,
        receipts: revealed.get(worker)?.receipts ?? null,
      }));
    }),
  );
}

function placesByWorker<Place>(
  workers: readonly string[],
  places: readonly Place[],
): ReadonlyMap<string, Place> {
  return new Map(workers.map((worker, i) => [worker, places[i]!]));
}

function refreshRows(view: TaskView, nameOf: (chainId: bigint) => string): RowOf<typeof REFRESH_TABLE>[] {
  return view.subchains.flatMap(({ chainId, workers }: SubchainView) =>
    workers.flatMap(({ worker, refreshes, refreshedIn }) =>
      refreshes.map((at, i) => ({
        task: view.task,
        chain: nameOf(chainId),
        worker,
        refresh: i + 1,
        at,
        epoch_second: at - view.terms.schedule.startTime,
        block: refreshedIn[i]?.block ?? null,
        transaction: refreshedIn[i]?.transaction ?? null,
      })),
    ),
  );
}

function workerRows({ view, statement }: ExportedTask): RowOf<typeof WORKER_TABLE>[] {
  // Statements are by subchain and in the order of enrolment, as views are.
  const enrolled = view.subchains.flatMap(({ workers }) => workers);
  return statement.workers.map((worker, i) => ({
    task: view.task,
    chain: worker.chain,
    worker: worker.worker,
    standing: worker.standing,
    enrolled_at: worker.enrolled.time,
    refreshes: enrolled[i]!.refreshes.length,
    accepted_rounds: worker.acceptedRounds,
    counted_rounds: worker.countedRounds,
    possible_wei: BigInt(worker.possible),
    earned_wei: BigInt(worker.earned),
    paid_wei: worker.paid === null ? null : BigInt(worker.paid),
    facts: JSON.stringify(worker.facts, (_, value) => (typeof value === "bigint" ? String(value) : value)),
  }));
}

function payRows(task: bigint, worker: WorkerStatement): RowOf<typeof PAY_TABLE>[] {
  const { possible, entries, earned } = worker;
  const who = { task, chain: worker.chain, worker: worker.worker };
  const whole = { state: null, round: null, seconds: null };
  let left = BigInt(possible);
  const first = { ...whole, kind: "possible", wei: left, left_wei: left, text: "it could have earned" };
  const between = entries.map(({ kind, state, round, seconds, amount, text }) => {
    left -= BigInt(amount);
    return { kind, state, round, seconds, wei: -BigInt(amount), left_wei: left, text };
  });
  const last = {
    ...whole,
    kind: "earned",
    wei: BigInt(earned),
    left_wei: BigInt(earned),
    text: "what is left",
  };
  return [first, ...between, last].map((line, i) => ({ ...who, line: i + 1, ...line }));
}

/** A task's curves over its final rounds, at their block times. */
function runOf({ view, name, measure }: ExportedTask, nameOf: (chainId: bigint) => string): EventRun {
  const { task, terms, status } = view;
  const opened = roundsOf(view);
  const scalars = view.rounds.flatMap(({ result }, round): EventScalar[] => {
    if (result === undefined) return [];
    const at = { step: round + 1, wallTime: result.finalizedAt };
    const openedAt = opened[round]?.[0]?.openedAt;
    return [
      { ...at, tag: "score", value: result.score },
      ...(openedAt === undefined
        ? []
        : [{ ...at, tag: "round_seconds", value: result.finalizedAt - openedAt }]),
      ...view.subchains.flatMap(({ chainId, rounds }, i) => [
        { ...at, tag: `accepted/${nameOf(chainId)}`, value: acceptedCount(result.accepted[i] ?? []) },
        { ...at, tag: `revealed/${nameOf(chainId)}`, value: rounds[round]?.revealed.length ?? 0 },
      ]),
    ];
  });
  const mechanism = knownMechanism(terms.mechanism)?.name ?? terms.mechanism;
  const about = [
    `Task ${task}${name === undefined ? "" : `, ${name}`}: ${status}, mechanism ${mechanism}.`,
    ...(measure === undefined ? [] : [`Its score is ${measure}.`]),
    `Specification ${terms.specDigest}.`,
  ].join("\n\n");
  return { name: [`task-${task}`], scalars, texts: { about } };
}
