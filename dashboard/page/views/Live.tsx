import { useSignal } from "@preact/signals";
import type { Missing, RoundView, TaskLive, WorkerView } from "../../api/TaskLive.ts";
import { LineChart } from "../charts/LineChart.tsx";
import { PhaseLine } from "../charts/PhaseLine.tsx";
import { RoundStrip } from "../charts/RoundStrip.tsx";
import { capitalized } from "../format/capitalized.ts";
import { counted } from "../format/counted.ts";
import { duration } from "../format/duration.ts";
import { percent } from "../format/percent.ts";
import { share } from "../format/share.ts";
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
/** Things that are waited for, and of each by how many they are named. */
const MOST_WAITS = 12;
const MOST_NAMED = 40;

/** A task as it runs: how well it learns, how its rounds go, who is waited for. */
export function Live({ task }: { task: TaskLive }) {
  return (
    <>
      <PhaseLine row={task.row} />
      {isOver(task) && task.missing.length === 0 ? (
        <Curve task={task} />
      ) : (
        <div class="columns wide-first">
          <Curve task={task} />
          <Waiting missing={task.missing} />
        </div>
      )}
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

function Curve({ task }: { task: TaskLive }) {
  const { curve, row, terms } = task;
  const measure = row.measure ?? "score";
  return (
    <Panel
      title={capitalized(`${measure} by round`)}
      note="of the global model on held-out data, as aggregators attested it"
    >
      {curve.length === 0 ? (
        isOver(task) ? (
          <Empty title="No round became final">
            <p>The task was over before aggregators had attested round 1.</p>
          </Empty>
        ) : (
          <Empty title="No round is final yet">
            <p>The first point comes when aggregators have attested round 1.</p>
          </Empty>
        )
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
          formatMark={share}
          {...(curve.length === 1 ? { range: around(curve[0]!.score) } : {})}
        />
      )}
    </Panel>
  );
}

/** Bounds of a chart of one score, which has no extent of its own. */
function around(score: number): readonly [number, number] {
  return [Math.max(0, score - 0.1), Math.min(1, score + 0.1)];
}

/** What is waited for, with all of whom it is waited for. */
interface Wait extends Pick<Missing, "what" | "until"> {
  readonly key: string;
  readonly who: readonly Missing["who"][];
}

function Waiting({ missing }: { missing: readonly Missing[] }) {
  const waits = new Map<string, Wait & { who: Missing["who"][] }>();
  for (const { who, what, until } of missing) {
    const key = `${who.kind} ${what} ${until}`;
    const known = waits.get(key);
    if (known === undefined) waits.set(key, { key, what, until, who: [who] });
    else known.who.push(who);
  }
  return (
    <Panel title="Who is waited for">
      {missing.length === 0 ? (
        <p class="note">Nobody just now.</p>
      ) : (
        <ul class="waiting">
          {[...waits.values()].slice(0, MOST_WAITS).map((wait) => (
            <WaitFor key={wait.key} wait={wait} />
          ))}
          {waits.size > MOST_WAITS ? <li class="dim">and {waits.size - MOST_WAITS} more</li> : null}
        </ul>
      )}
    </Panel>
  );
}

function WaitFor({ wait: { who, what, until } }: { wait: Wait }) {
  const one = who.length === 1 ? who[0] : undefined;
  return (
    <li>
      <span>{one === undefined ? <Several who={who} /> : <Who who={one} />}</span>
      <span>{one === undefined ? plural(what) : what}</span>
      {until === null ? null : (
        <span class="dim nowrap">
          <Countdown until={until} />
        </span>
      )}
      {one === undefined ? (
        <details class="more">
          <summary>who</summary>
          <span class="hash-list">
            {who
              .slice(0, MOST_NAMED)
              .map(({ kind, address, chain }) =>
                address === null ? (
                  <span key={chain}>{chain}</span>
                ) : (
                  <Hash key={`${chain} ${address}`} value={address} what={`${kind}'s address`} />
                ),
              )}
            {who.length > MOST_NAMED ? <span class="dim">and {who.length - MOST_NAMED} more</span> : null}
          </span>
        </details>
      ) : null}
    </li>
  );
}

function Who({ who: { kind, address, chain } }: { who: Missing["who"] }) {
  if (kind === "subchain") return <strong>{chain}</strong>;
  return (
    <>
      {address === null ? (
        <strong>{kind}</strong>
      ) : (
        <>
          <strong>{kind} </strong>
          <Hash value={address} what={`${kind}'s address`} />
        </>
      )}
      <span class="dim"> on {chain}</span>
    </>
  );
}

function Several({ who }: { who: readonly Missing["who"][] }) {
  const chains = new Map<string, number>();
  for (const { chain } of who) chains.set(chain, (chains.get(chain) ?? 0) + 1);
  const where = [...chains].map(([chain, count]) =>
    chains.size === 1 ? `on ${chain}` : `${count} on ${chain}`,
  );
  const { kind } = who[0]!;
  return (
    <>
      <strong>
        {who.length} {kind}s
      </strong>
      {kind === "subchain" ? null : <span class="dim"> {where.join(", ")}</span>}
    </>
  );
}

/** What one of several does, as what they do: "commits to an update" is "commit to an update". */
function plural(what: string): string {
  return what
    .replace(/^(\w+)s\b/, (_, verb: string) => (verb === "ha" ? "have" : verb))
    .replace("its update", "their updates")
    .replace("its report has", "their reports have")
    .replace(/\bits (workers|pay)\b/, "their $1");
}

function Rounds({ task }: { task: TaskLive }) {
  const { rounds, row } = task;
  if (rounds.length === 0) {
    return (
      <Panel title="Rounds">
        <p class="note">
          {isOver(task) ? (
            "The task was over before its first round opened."
          ) : (
            <>
              The first round opens when the epoch begins, <Moment at={task.schedule.startTime} />.
            </>
          )}
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
          { header: "state", cell: (round) => <RoundState round={round} isOver={isOver(task)} /> },
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

function isOver({ row: { status } }: TaskLive): boolean {
  return status !== "Open" && status !== "None";
}

function workersOn({ workers }: TaskLive, chain: string): number {
  return workers.filter((worker) => worker.chain === chain).length;
}

/** @param props - `isOver`: of the task, after which no round becomes final. */
function RoundState({ round: { state, subchains }, isOver }: { round: RoundView; isOver: boolean }) {
  if (state === "finalized") return <Tag tone="good">final</Tag>;
  if (isOver) return <Tag tone="plain">not final</Tag>;
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
  // What is known of nobody yet is no column.
  const headers = workers[0]!.shown.flatMap(({ header }, at) =>
    workers.some(({ shown }) => (shown[at]?.text ?? "–") !== "–") ? [{ header, at }] : [],
  );
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
          ...headers.map(({ header, at }) => ({
            header,
            numeric: true,
            cell: ({ shown }: WorkerView) => shown[at]?.text ?? "–",
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
            header: "paid, tokens",
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
          {duration(schedule.epochSeconds)} from <Moment at={schedule.startTime} />
        </dd>
        <dt>deadline</dt>
        <dd>
          <Moment at={schedule.deadline} />
        </dd>
        <dt>a round</dt>
        <dd>
          {duration(schedule.commitSeconds)} to commit, {duration(schedule.revealSeconds)} to reveal,{" "}
          {duration(schedule.reportSeconds)} to report
        </dd>
        <dt>claims</dt>
        <dd>within {duration(schedule.claimSeconds)}</dd>
        <dt>quorum</dt>
        <dd>
          {share(terms.quorum)} of the enrolled, at least {terms.minUpdates} updates
        </dd>
        <dt>workers</dt>
        <dd>at most {terms.maxWorkers} a subchain</dd>
        <dt>aggregators</dt>
        <dd class="hash-list">
          {terms.attestations} of {terms.aggregators.length} must agree:
          {aggregators.map(({ address, attestedRounds }) => (
            <span key={address}>
              <Hash value={address} what="aggregator's address" />{" "}
              <span class="dim">{counted(attestedRounds, "round")}</span>
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
