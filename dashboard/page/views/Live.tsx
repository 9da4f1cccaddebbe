import { useSignal } from "@preact/signals";
import type { Missing, RoundView, TaskLive, WorkerView } from "../../api/TaskLive.ts";
import { LineChart } from "../charts/LineChart.tsx";
import { PhaseLine } from "../charts/PhaseLine.tsx";
import { RoundStrip } from "../charts/RoundStrip.tsx";
import { percent } from "../format/percent.ts";
import { Amount } from "../parts/Amount.tsx";
import { Copy } from "../parts/Copy.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Age, Countdown } from "../parts/Elapsed.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { ViewTableOf } from "../parts/ViewTableOf.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";

/** Workers that are shown before all of them are asked for. */
const MOST_WORKERS = 40;
/** Rounds that are shown: the latest so many. */
const MOST_ROUNDS = 60;
/** Of whom is waited for, so many are named. */
const MOST_MISSING = 12;

/** A task as it runs: how well it learns, how its rounds go, who is waited for. */
export function Live({ task }: { task: TaskLive }) {
  return (
    <>
      <PhaseLine row={task.row} />
      <div class="columns wide-first">
        <Curve task={task} />
        <Waiting missing={task.missing} />
      </div>
      <Rounds task={task} />
      <Workers task={task} />
      <div class="columns">
        <Panel title="What it offers" note={task.offer.text} flush>
          {task.offer.table === null ? (
            <p class="body note">{task.offer.text}</p>
          ) : (
            <ViewTableOf table={task.offer.table} caption="What it offers" />
          )}
        </Panel>
        <Terms task={task} />
      </div>
      <Log task={task} />
    </>
  );
}

function Curve({ task: { curve, row, terms } }: { task: TaskLive }) {
  const measure = row.measure ?? "score";
  return (
    <Panel
      title={`${measure} by round`}
      note="of the global model on held-out data, as aggregators attested it"
    >
      {curve.length === 0 ? (
        <Empty title="No round is final yet">
          <p>The first point comes when aggregators have attested round 1.</p>
        </Empty>
      ) : (
        <LineChart
          title={`${measure} by round`}
          xLabel="round"
          x={curve.map(({ round }) => round)}
          lines={[
            { label: measure, colour: 1, values: curve.map(({ score }) => score) },
            ...(terms.targetScore === null
              ? []
              : [{ label: "target", colour: 2, dashed: true, values: curve.map(() => terms.targetScore) }]),
          ]}
          format={percent}
        />
      )}
    </Panel>
  );
}

function Waiting({ missing }: { missing: readonly Missing[] }) {
  return (
    <Panel title="Who is waited for" note={missing.length === 0 ? undefined : `${missing.length}`}>
      {missing.length === 0 ? (
        <p class="note">Nobody just now.</p>
      ) : (
        <ul class="waiting">
          {missing.slice(0, MOST_MISSING).map(({ who, what, until }) => (
            <li key={`${who.kind} ${who.address} ${who.chain} ${what}`}>
              <span>
                {who.address === null ? (
                  <strong>{who.kind === "subchain" ? who.chain : who.kind}</strong>
                ) : (
                  <>
                    <span class="dim">{who.kind} </span>
                    <Hash value={who.address} what={`${who.kind}'s address`} />
                  </>
                )}
                {who.kind === "subchain" ? null : <span class="dim"> on {who.chain}</span>}
              </span>
              <span>{what}</span>
              {until === null ? null : (
                <span class="dim nowrap">
                  <Countdown until={until} />
                </span>
              )}
            </li>
          ))}
          {missing.length > MOST_MISSING ? (
            <li class="dim">and {missing.length - MOST_MISSING} more</li>
          ) : null}
        </ul>
      )}
    </Panel>
  );
}

function Rounds({ task }: { task: TaskLive }) {
  const { rounds, row } = task;
  if (rounds.length === 0) {
    return (
      <Panel title="Rounds">
        <p class="note">
          The first round opens when the epoch begins, <Moment at={task.schedule.startTime} />.
        </p>
      </Panel>
    );
  }
  const chains = row.subchains;
  return (
    <Panel title="Rounds" note="committed, revealed and accepted updates of each subchain" flush>
      <DataTable
        caption="Rounds"
        hideCaption
        rows={rounds.slice(-MOST_ROUNDS).toReversed()}
        keyOf={({ round }) => round}
        columns={[
          { header: "round", head: true, cell: ({ round }) => round },
          { header: "state", cell: (round) => <RoundState round={round} /> },
          {
            header: row.measure ?? "score",
            numeric: true,
            cell: ({ score }) => (score === null ? <span class="dim">–</span> : percent(score)),
          },
          ...chains.map((chain, i) => ({
            header: chain,
            cell: ({ subchains }: RoundView) => (
              <RoundStrip counts={subchains[i]} workers={workersOn(task, chain)} />
            ),
          })),
          {
            header: "attested",
            numeric: true,
            cell: ({ attested }) => {
              const hashes = new Set(attested.map(({ aggregateHash }) => aggregateHash)).size;
              return (
                <>
                  {attested.length}
                  <span class="dim">/{task.terms.attestations}</span>
                  {hashes > 1 ? <span class="bad-text"> {hashes} results differ</span> : null}
                </>
              );
            },
          },
          {
            header: "model",
            cell: ({ globalModel }) =>
              globalModel === null ? (
                <span class="dim">–</span>
              ) : (
                <Hash value={globalModel} what="model's digest" />
              ),
          },
          { header: "final", cell: ({ finalizedAt }) => <Moment at={finalizedAt} /> },
        ]}
      />
    </Panel>
  );
}

function workersOn({ workers }: TaskLive, chain: string): number {
  return workers.filter((worker) => worker.chain === chain).length;
}

function RoundState({ round: { state, subchains } }: { round: RoundView }) {
  if (state === "finalized") return <Tag tone="good">final</Tag>;
  return (
    <Tag tone="busy">{subchains.every(({ closedAt }) => closedAt !== null) ? "aggregating" : "open"}</Tag>
  );
}

function Workers({ task }: { task: TaskLive }) {
  const all = useSignal(false);
  const { workers, row } = task;
  if (workers.length === 0) {
    return (
      <Panel title="Workers">
        <p class="note">Nobody has enrolled yet.</p>
      </Panel>
    );
  }
  const rows = all.value ? workers : workers.slice(0, MOST_WORKERS);
  const headers = workers[0]!.shown.map(({ header }) => header);
  const open = row.status === "Open";
  return (
    <Panel
      title="Workers"
      note={open ? standings(workers) : `${workers.length}`}
      end={
        workers.length > MOST_WORKERS ? (
          <button type="button" class="button" onClick={() => (all.value = !all.value)}>
            {all.value ? `Show the first ${MOST_WORKERS}` : `Show all ${workers.length}`}
          </button>
        ) : undefined
      }
      flush
    >
      <DataTable
        caption="Workers"
        hideCaption
        rows={rows}
        keyOf={({ worker, chain }) => `${chain} ${worker}`}
        columns={[
          {
            header: "worker",
            head: true,
            cell: ({ worker, chain }) => <WorkerLink task={row.taskId} worker={worker} chain={chain} />,
          },
          { header: "chain", cell: ({ chain }) => chain },
          ...headers.map((header, i) => ({
            header,
            numeric: true,
            cell: ({ shown }: WorkerView) => shown[i]?.text ?? "–",
          })),
          ...(open
            ? [
                {
                  header: "now",
                  cell: ({ standing }: WorkerView) =>
                    standing === null ? (
                      "–"
                    ) : (
                      <Tag
                        tone={standing.holds ? "good" : "warn"}
                      >{`${standing.holds ? "" : "not "}${standing.word}`}</Tag>
                    ),
                },
                {
                  header: "data",
                  numeric: true,
                  cell: ({ lastRefreshAt }: WorkerView) =>
                    lastRefreshAt === null ? (
                      <span class="dim">none</span>
                    ) : (
                      <>
                        <Age at={lastRefreshAt} /> old
                      </>
                    ),
                },
              ]
            : []),
          { header: "refreshes", numeric: true, cell: ({ refreshes }) => refreshes },
          {
            header: "accepted",
            numeric: true,
            cell: ({ acceptedRounds, revealedRounds }) => (
              <>
                {acceptedRounds.length}
                <span class="dim">/{revealedRounds.length} revealed</span>
              </>
            ),
          },
          {
            header: "paid",
            numeric: true,
            cell: ({ paid }) => (paid === null ? <span class="dim">–</span> : <Amount wei={paid.amount} />),
          },
        ]}
      />
    </Panel>
  );
}

function standings(workers: readonly WorkerView[]): string {
  const known = workers.flatMap(({ standing }) => (standing === null ? [] : [standing]));
  if (known.length === 0) return String(workers.length);
  return `${known.filter(({ holds }) => holds).length} of ${workers.length} ${known[0]!.word}`;
}

function Terms({ task: { terms, schedule, aggregators } }: { task: TaskLive }) {
  return (
    <Panel title="Terms">
      <dl class="pairs">
        <dt>epoch</dt>
        <dd>
          {schedule.epochSeconds} s from <Moment at={schedule.startTime} />
        </dd>
        <dt>deadline</dt>
        <dd>
          <Moment at={schedule.deadline} />
        </dd>
        <dt>a round</dt>
        <dd>
          {schedule.commitSeconds} s to commit, {schedule.revealSeconds} s to reveal, {schedule.reportSeconds}{" "}
          s to report
        </dd>
        <dt>claims</dt>
        <dd>within {schedule.claimSeconds} s</dd>
        <dt>quorum</dt>
        <dd>
          {percent(terms.quorum)} of the enrolled, at least {terms.minUpdates} updates
        </dd>
        <dt>workers</dt>
        <dd>at most {terms.maxWorkers} a subchain</dd>
        <dt>aggregators</dt>
        <dd class="hash-list">
          {terms.attestations} of {terms.aggregators.length} must agree:
          {aggregators.map(({ address, attestedRounds }) => (
            <span key={address}>
              <Hash value={address} what="aggregator's address" />{" "}
              <span class="dim">{attestedRounds} rounds</span>
            </span>
          ))}
        </dd>
        <dt>specification</dt>
        <dd>
          <Hash value={terms.specDigest} what="specification's digest" />
        </dd>
        <dt>initial model</dt>
        <dd>
          <Hash value={terms.initialModel} what="initial model's digest" />
        </dd>
      </dl>
    </Panel>
  );
}

function Log({ task: { log } }: { task: TaskLive }) {
  if (log.length === 0) return null;
  return (
    <Panel title="What happened" note="the latest first" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: no set of fields */}
      <div class="log-box" role="group" aria-label="What happened" tabIndex={0}>
        <ol class="log">
          {log.toReversed().map(({ at, chain, text, block, transaction }, i) => (
            <li key={`${transaction} ${text} ${log.length - i}`}>
              <Moment at={at} />
              <span class="dim">{chain}</span>
              <span>{text}</span>
              <span class="dim nowrap">
                block {block} <Copy text={transaction} what="transaction" />
              </span>
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  );
}
