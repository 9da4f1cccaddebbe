import type {
  Standing,
  StatementEntry,
  StatementRow,
  StatementsView,
  StatementView,
  Statement as Told,
} from "../../api/StatementView.ts";
import type { TaskLive } from "../../api/TaskLive.ts";
import type { Place, Wei } from "../../api/values.ts";
import { PayBar } from "../charts/PayBar.tsx";
import { capitalized } from "../format/capitalized.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { Tag, type Tone } from "../parts/Tag.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";
import { place, to } from "../router.ts";
import { useAnswer } from "../state/useAnswer.ts";

/** Why a worker was paid what it was paid, and why not more. */
export function Statement({ id, worker, task }: { id: string; worker: string | undefined; task: TaskLive }) {
  return worker === undefined ? <All id={id} task={task} /> : <One id={id} worker={worker} />;
}

function All({ id, task }: { id: string; task: TaskLive }) {
  const { answer, again } = useAnswer<StatementsView>(
    `/tasks/${encodeURIComponent(id)}/statement`,
    (event) => event.type === "task" && event.taskId === id,
  );
  if (task.workers.length === 0) {
    return (
      <Empty title="Nobody has enrolled yet">
        <p>Each worker's statement says what it earned and what it did not, line by line.</p>
      </Empty>
    );
  }
  return (
    <Answered answer={answer} again={again} what="What workers earned">
      {({ workers, rules, unread }) => (
        <>
          <Unread unread={unread} />
          <Rows id={id} workers={workers} rules={rules} />
        </>
      )}
    </Answered>
  );
}

function Rows({
  id,
  workers,
  rules,
}: {
  id: string;
  workers: readonly StatementRow[];
  rules: readonly string[];
}) {
  const total = (of: (row: StatementRow) => Wei) =>
    String(workers.reduce((sum, row) => sum + BigInt(of(row)), 0n));
  const most = workers.reduce((max, { possible }) => larger(max, BigInt(possible)), 0n);
  const whole = workers.filter(({ lost, open }) => lost === "0" && open === "0").length;
  return (
    <>
      <Figures
        figures={[
          { label: "Could be earned", value: <Amount wei={total(({ possible }) => possible)} unit /> },
          { label: "Earned", value: <Amount wei={total(({ earned }) => earned)} unit /> },
          { label: "Lost", value: <Amount wei={total(({ lost }) => lost)} unit /> },
          { label: "Still to be earned", value: <Amount wei={total(({ open }) => open)} unit /> },
          { label: "Without a loss", value: `${whole} of ${workers.length}`, under: "workers" },
        ]}
      />
      <Panel title="Why was I (not) paid?" note="a worker's line leads to its statement" flush>
        <DataTable
          caption="What workers earned and what they did not, tokens"
          hideCaption
          rows={workers}
          keyOf={({ chain, worker }) => `${chain} ${worker}`}
          columns={[
            {
              header: "worker",
              head: true,
              cell: ({ worker, chain }) => <WorkerLink task={id} worker={worker} chain={chain} />,
            },
            { header: "chain", cell: ({ chain }) => chain },
            {
              header: "rounds",
              numeric: true,
              cell: ({ acceptedRounds, countedRounds }) => (
                <>
                  {acceptedRounds}
                  <span class="dim">/{countedRounds}</span>
                </>
              ),
            },
            {
              header: "of what it could earn",
              cell: ({ possible, lost, open, earned }) => (
                <PayBar most={String(most)} parts={{ possible, lost, open, earned }} />
              ),
            },
            { header: "earned, tokens", numeric: true, cell: ({ earned }) => <Amount wei={earned} /> },
            {
              header: "lost",
              numeric: true,
              cell: ({ lost }) => (lost === "0" ? <span class="dim">–</span> : <Amount wei={`-${lost}`} />),
            },
            {
              header: "mostly because",
              wide: true,
              cell: ({ most: why }) => (why === null ? <span class="dim">–</span> : why.text),
            },
            { header: "pay", cell: ({ standing }) => <StandingTag standing={standing} /> },
          ]}
        />
      </Panel>
      <Rules rules={rules} />
    </>
  );
}

function One({ id, worker }: { id: string; worker: string }) {
  const chain = place.value.query.get("chain");
  const path = `/tasks/${encodeURIComponent(id)}/statement/${encodeURIComponent(worker)}${chain === null ? "" : `?chain=${encodeURIComponent(chain)}`}`;
  const { answer, again } = useAnswer<StatementView>(
    path,
    (event) => event.type === "task" && event.taskId === id,
  );
  return (
    <>
      <p>
        <a href={to("tasks", id, "statement")}>← All workers of task {id}</a>
      </p>
      <Answered answer={answer} again={again} what="The statement">
        {(view) =>
          view.available ? (
            <StatementOf id={id} worker={worker} statement={view.statement} />
          ) : (
            <Empty title="This worker has no part in the task">
              {view.why.map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
              <CommandLine line={view.command} />
            </Empty>
          )
        }
      </Answered>
    </>
  );
}

/** A line of a statement: what there was, what was taken off, what is left. */
interface Line {
  readonly key: string;
  readonly what: string;
  readonly state: "possible" | StatementEntry["state"] | "earned";
  readonly amount: bigint;
  /** What is left below it. */
  readonly left: bigint;
  readonly places: readonly Place[];
}

function linesOf({ possible, entries, earned, enrolled, claimed, standing }: Told): Line[] {
  let left = BigInt(possible);
  return [
    {
      key: "possible",
      what: "It could have earned",
      state: "possible",
      amount: left,
      left,
      places: [enrolled],
    },
    ...entries.map(({ kind, state, amount, text, evidence }, i): Line => {
      left -= BigInt(amount);
      return {
        ...{ key: `${i} ${kind}`, state, left },
        ...{ what: capitalized(text), amount: -BigInt(amount), places: evidence },
      };
    }),
    {
      key: "earned",
      what: LEFT[standing],
      state: "earned",
      amount: BigInt(earned),
      left: BigInt(earned),
      places: claimed === null ? [] : [claimed],
    },
  ];
}

function StatementOf({ id, worker, statement }: { id: string; worker: string; statement: Told }) {
  const { possible, entries, earned, paid, standing, chain, acceptedRounds, countedRounds } = statement;
  const sum = (state: StatementEntry["state"]) =>
    entries.reduce((total, entry) => (entry.state === state ? total + BigInt(entry.amount) : total), 0n);
  const [lost, open] = [sum("lost"), sum("open")];
  const adds = BigInt(possible) - lost - open === BigInt(earned);
  const agrees = adds && (paid === null || paid === earned);
  return (
    <>
      <Unread unread={statement.unread} />
      <Figures
        figures={[
          {
            label: paid === null ? "Earned so far" : "Paid",
            value: <Amount wei={earned} unit />,
            ...(standing === "paid" ? {} : { under: <StandingTag standing={standing} /> }),
          },
          { label: "It could have earned", value: <Amount wei={possible} unit /> },
          { label: "Lost", value: <Amount wei={String(lost)} unit /> },
          ...(open === 0n
            ? []
            : [{ label: "Still to be earned", value: <Amount wei={String(open)} unit /> }]),
          { label: "Rounds that took its update", value: `${acceptedRounds} of ${countedRounds}` },
        ]}
      />
      <Panel
        title="Statement"
        note={
          <>
            of <Hash value={worker} what="worker's address" /> on {chain}
          </>
        }
        end={
          <Tag tone={agrees ? "good" : "bad"}>
            {agrees
              ? paid === null
                ? "adds up to the wei"
                : "adds up to the paid wei"
              : "does not add up to what was paid"}
          </Tag>
        }
        flush
      >
        <DataTable
          caption="What was earned and what was not, tokens"
          hideCaption
          rows={linesOf(statement)}
          keyOf={({ key }) => key}
          columns={[
            { header: "what", head: true, cell: ({ what, state }) => <What what={what} state={state} /> },
            {
              header: "of what it could earn",
              cell: ({ state, amount, left }) => (
                <PayBar
                  most={possible}
                  parts={{
                    possible: String(left - (amount < 0n ? amount : 0n)),
                    lost: state === "lost" ? String(-amount) : "0",
                    open: state === "open" ? String(-amount) : "0",
                    earned: String(left),
                  }}
                />
              ),
            },
            {
              header: "tokens",
              numeric: true,
              cell: ({ state, amount }) => (
                <span class={state === "lost" ? "bad-text" : undefined}>
                  <Amount wei={String(amount)} />
                </span>
              ),
            },
            {
              header: "where",
              cell: ({ places }) => (
                <span class="places">
                  {places.map((one) => (
                    <PlaceLink key={`${one.transaction} ${one.block}`} place={one} />
                  ))}
                </span>
              ),
            },
          ]}
        />
      </Panel>
      <Rules rules={statement.rules} />
      <CommandLine line={`./freshet task statement ${id} ${worker}`} />
    </>
  );
}

function What({ what, state }: Pick<Line, "what" | "state">) {
  switch (state) {
    case "possible":
    case "earned":
      return <strong>{what}</strong>;
    case "open":
      return (
        <>
          {what} <Tag tone="plain">still open</Tag>
        </>
      );
    case "lost":
      return <>{what}</>;
    default:
      return state satisfies never;
  }
}

function Unread({ unread }: { unread: string | null }) {
  return unread === null ? null : <p class="callout warn">{unread}</p>;
}

function Rules({ rules }: { rules: readonly string[] }) {
  if (rules.length === 0) return null;
  return (
    <div class="note rules">
      {rules.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}

/** What is left, by how it stands. */
const LEFT: Readonly<Record<Standing, string>> = {
  running: "Earned so far",
  settling: "Earned; its subchain has not settled",
  claimable: "Earned; it can be claimed now",
  paid: "Paid",
  lapsed: "Paid",
};

const STANDINGS: Readonly<Record<Standing, { words: string; tone: Tone }>> = {
  running: { words: "running", tone: "busy" },
  settling: { words: "settling", tone: "busy" },
  claimable: { words: "can be claimed", tone: "warn" },
  paid: { words: "paid", tone: "good" },
  lapsed: { words: "not claimed in time", tone: "bad" },
};

function StandingTag({ standing }: { standing: Standing }) {
  const { words, tone } = STANDINGS[standing];
  return <Tag tone={tone}>{words}</Tag>;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
