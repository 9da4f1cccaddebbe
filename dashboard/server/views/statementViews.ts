import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import type { StatementPlace, TaskStatement, WorkerStatement } from "../../../tasks/statement/Statement.ts";
import { taskStatement } from "../../../tasks/statement/taskStatement.ts";
import type { StatementRow, StatementsView, StatementView } from "../../api/StatementView.ts";
import type { Place } from "../../api/values.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";

/** What every worker of a task earned and did not. */
export function statementsView(watch: NetworkWatch, task: WatchedTask): StatementsView {
  const { taskId, rules, workers, unread } = statementOf(watch, task);
  return { taskId, rules: [...rules], unread, workers: workers.map(rowOf) };
}

/** What one worker earned and did not; where the same takes part on several subchains, on one of them. */
export function statementView(
  watch: NetworkWatch,
  task: WatchedTask,
  worker: string,
  chain: string | undefined,
): StatementView {
  const { taskId, rules, workers, unread } = statementOf(watch, task);
  const own = workers.find((one) => one.worker === worker && (chain === undefined || one.chain === chain));
  if (own === undefined) {
    return {
      ...{ taskId, worker, available: false },
      why: [
        "It did not enrol in this task.",
        "Whether it is registered as a worker, and could have enrolled, the command line asks the chains.",
      ],
      command: `./freshet task statement ${taskId} ${worker}`,
    };
  }
  const { standing, acceptedRounds, countedRounds, possible, entries, earned, paid } = own;
  return {
    ...{ taskId, worker, available: true },
    statement: {
      chain: own.chain,
      ...{ standing, acceptedRounds, countedRounds, possible, earned, paid },
      entries: entries.map(({ evidence, ...entry }) => ({ ...entry, evidence: evidence.map(placeOf) })),
      enrolled: placeOf(own.enrolled),
      recorded: own.recorded === null ? null : placeOf(own.recorded),
      claimed: own.claimed === null ? null : placeOf(own.claimed),
      rules: [...rules],
      unread,
    },
  };
}

/** Of what was folded alone: no chain is asked for it. */
function statementOf(
  watch: NetworkWatch,
  { view, page }: WatchedTask,
): TaskStatement & { unread: string | null } {
  const isScored = knownMechanism(view.terms.mechanism)?.scores !== undefined;
  const scores = isScored ? watch.scores.of(view) : undefined;
  const { network, now } = watch;
  return {
    ...taskStatement(view, { network, now, scores, policyEvents: page.policyEvents }),
    unread:
      isScored && scores === undefined
        ? "What aggregators attested about workers is being read from storage, or is not there: this is without it."
        : null,
  };
}

function rowOf(statement: WorkerStatement): StatementRow {
  const { worker, chain, standing, acceptedRounds, countedRounds, possible, earned, entries } = statement;
  const sum = (state: "lost" | "open") =>
    entries.reduce((total, entry) => (entry.state === state ? total + BigInt(entry.amount) : total), 0n);
  const most = entries
    .filter(({ state }) => state === "lost")
    .reduce<(typeof entries)[number] | undefined>(
      (one, entry) => (one !== undefined && BigInt(one.amount) >= BigInt(entry.amount) ? one : entry),
      undefined,
    );
  return {
    ...{ worker, chain, standing, acceptedRounds, countedRounds, possible, earned },
    lost: String(sum("lost")),
    open: String(sum("open")),
    most: most === undefined ? null : { text: most.text, amount: most.amount },
  };
}

function placeOf({ chain, block, transaction, time }: StatementPlace): Place {
  return { chain, block, transaction, at: time };
}
