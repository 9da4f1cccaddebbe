import { ROWS } from "../../api/routes.ts";
import type { TaskRow } from "../../api/TaskRow.ts";
import type { Paged } from "../../api/values.ts";
import { grouped } from "../format/grouped.ts";
import { percent } from "../format/percent.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PhaseTag } from "../parts/PhaseTag.tsx";
import { SearchField } from "../parts/SearchField.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { ask, place, to } from "../router.ts";
import { network } from "../state/network.ts";
import { useAnswer } from "../state/useAnswer.ts";

const STATUSES = ["Open", "Completed", "Expired", "Rejected"] as const;

/** All tasks, of every mechanism. */
export function Tasks() {
  const { query } = place.value;
  const from = Math.max(0, Number(query.get("from") ?? 0) || 0);
  const asked = new URLSearchParams({ from: String(from), limit: String(ROWS.preset) });
  for (const name of ["status", "mechanism", "search", "order"]) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const { answer, again } = useAnswer<Paged<TaskRow>>(`/tasks?${asked}`, ({ type }) => type === "tasks");
  const filtered = ["status", "mechanism", "search"].some((name) => query.has(name));
  return (
    <>
      <h1>Tasks</h1>
      <Controls />
      <Answered answer={answer} again={again} what="The list of tasks">
        {(data) =>
          data.total === 0 ? (
            filtered ? (
              <Empty title="No task is like that">
                <p>
                  <a href={to("tasks")}>Show all tasks</a>
                </p>
              </Empty>
            ) : (
              <Empty title="No task was published yet">
                <p>
                  A publisher does it from a task file; it is shown here as soon as it is on the main chain.
                </p>
                <CommandLine line="./freshet task submit examples/mnist-quick.json --wait" />
              </Empty>
            )
          ) : (
            <Panel
              title={`${grouped(data.total)} ${data.total === 1 ? "task" : "tasks"}`}
              {...(data.dropped > 0
                ? { note: `${grouped(data.dropped)} older ones are on the chain only` }
                : {})}
              end={<Pager {...data} />}
              flush
            >
              <TaskTable rows={data.rows} />
            </Panel>
          )
        }
      </Answered>
    </>
  );
}

function Controls() {
  const { query } = place.value;
  const askFromFirst = (name: string, value: string) => {
    ask("from", undefined);
    ask(name, value);
  };
  const change = (name: string) => (event: Event) =>
    askFromFirst(name, (event.currentTarget as HTMLSelectElement).value);
  const mechanisms = network.value.data?.mechanisms ?? [];
  return (
    <search class="controls">
      <SearchField label="Name or number" onSearch={(text) => askFromFirst("search", text)} />
      <label>
        Status
        <select value={query.get("status") ?? ""} onChange={change("status")}>
          <option value="">all</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </select>
      </label>
      <label>
        Mechanism
        <select value={query.get("mechanism") ?? ""} onChange={change("mechanism")}>
          <option value="">all</option>
          {mechanisms.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Order
        <select value={query.get("order") ?? ""} onChange={change("order")}>
          <option value="">newest first</option>
          <option value="oldest">oldest first</option>
        </select>
      </label>
    </search>
  );
}

/** What part of a long list is shown, and the way to the others. */
function Pager({ from, total, rows }: Paged<TaskRow>) {
  if (total <= rows.length && from === 0) return null;
  const go = (next: number) => () => ask("from", next === 0 ? undefined : String(next));
  return (
    <span class="pager">
      {grouped(from + 1)}–{grouped(from + rows.length)} of {grouped(total)}
      <button
        type="button"
        class="button"
        disabled={from === 0}
        onClick={go(Math.max(0, from - ROWS.preset))}
      >
        Previous
      </button>
      <button
        type="button"
        class="button"
        disabled={from + rows.length >= total}
        onClick={go(from + ROWS.preset)}
      >
        Next
      </button>
    </span>
  );
}

function TaskTable({ rows }: { rows: readonly TaskRow[] }) {
  return (
    <DataTable
      caption="Tasks"
      hideCaption
      rows={rows}
      keyOf={({ taskId }) => taskId}
      columns={[
        {
          header: "task",
          head: true,
          cell: ({ taskId, name }) => (
            <a href={to("tasks", taskId)} class="nowrap">
              {taskId}
              {name === null ? "" : ` · ${name}`}
            </a>
          ),
        },
        {
          header: "mechanism",
          cell: ({ mechanism }) => mechanism ?? <span class="dim">not known here</span>,
        },
        { header: "state", cell: (row) => <PhaseTag row={row} /> },
        {
          header: "rounds",
          numeric: true,
          cell: ({ rounds }) => (
            <>
              {rounds.finalized}
              <span class="dim">/{rounds.most}</span>
            </>
          ),
        },
        {
          header: "score",
          numeric: true,
          cell: ({ score, measure }) =>
            score === null ? (
              <span class="dim">–</span>
            ) : (
              <span title={measure ?? "score"}>{percent(score)}</span>
            ),
        },
        { header: "workers", numeric: true, cell: ({ workers }) => grouped(workers) },
        { header: "funded, tokens", numeric: true, cell: ({ escrow }) => <Amount wei={escrow.funded} /> },
        { header: "paid", numeric: true, cell: ({ escrow }) => <Amount wei={escrow.paid} /> },
        { header: "published", cell: ({ publishedAt }) => <Moment at={publishedAt} /> },
      ]}
    />
  );
}
