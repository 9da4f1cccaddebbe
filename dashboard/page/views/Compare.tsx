import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { ComparedTask, CompareView } from "../../api/CompareView.ts";
import { MOST_COMPARED } from "../../api/routes.ts";
import type { TaskRow } from "../../api/TaskRow.ts";
import type { Paged } from "../../api/values.ts";
import { LineChart } from "../charts/LineChart.tsx";
import { duration } from "../format/duration.ts";
import { percent } from "../format/percent.ts";
import { share } from "../format/share.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PhaseTag } from "../parts/PhaseTag.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { ViewTableOf } from "../parts/ViewTableOf.tsx";
import { ask, to } from "../router.ts";
import { useAnswer } from "../state/useAnswer.ts";

/** Tasks side by side, the first published first: what they offered, how well they learned, and what it cost. */
export function Compare({ ids: chosen }: { ids: readonly string[] }) {
  const ids = inOrder(chosen);
  return (
    <>
      <h1>Compare tasks</h1>
      <Choice ids={ids} />
      {ids.length === 0 ? (
        <Empty title="Choose the tasks to compare">
          <p>Their offers, scores, freshness and pay are shown side by side, whatever their mechanisms.</p>
          <p>
            What a recorded task would have paid under another offer or mechanism, the command line tells:
          </p>
          <CommandLine line="./freshet task compare ID --mechanism NAME --policy FILE" />
        </Empty>
      ) : (
        <Compared ids={ids.slice(0, MOST_COMPARED)} />
      )}
    </>
  );
}

/** By number: whatever they were chosen by, a task keeps its place and its colour beside the same others. */
function inOrder(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort((a, b) => byNumber({ taskId: a }, { taskId: b }));
}

function byNumber(a: Pick<TaskRow, "taskId">, b: Pick<TaskRow, "taskId">): number {
  return a.taskId.localeCompare(b.taskId, "en", { numeric: true });
}

function Choice({ ids }: { ids: readonly string[] }) {
  const search = useSignal("");
  const { answer, again } = useAnswer<Paged<TaskRow>>(
    `/tasks?limit=50${search.value === "" ? "" : `&search=${encodeURIComponent(search.value)}`}`,
    ({ type }) => type === "tasks",
  );
  const toggle = (id: string) => () => {
    const next = ids.includes(id) ? ids.filter((one) => one !== id) : inOrder([...ids, id]);
    ask("tasks", next.join(","));
  };
  return (
    <Panel title="Tasks" note={`${ids.length} of at most ${MOST_COMPARED} chosen`}>
      <div class="stack">
        <search class="controls">
          <label>
            Name or number
            <input
              type="search"
              value={search.value}
              onInput={(event) => (search.value = event.currentTarget.value)}
            />
          </label>
        </search>
        <Answered answer={answer} again={again} what="The list of tasks">
          {({ rows }) => (
            <fieldset class="choices">
              <legend class="unseen">Tasks to compare</legend>
              {rows.length === 0 ? <p class="note">No task is like that.</p> : null}
              {[...rows].sort(byNumber).map(({ taskId, name, mechanism }) => {
                const chosen = ids.includes(taskId);
                return (
                  <label key={taskId} class="choice">
                    <input
                      type="checkbox"
                      checked={chosen}
                      disabled={!chosen && ids.length >= MOST_COMPARED}
                      onChange={toggle(taskId)}
                    />
                    <span>
                      {taskId}
                      {name === null ? "" : ` · ${name}`} <span class="dim">{mechanism}</span>
                    </span>
                  </label>
                );
              })}
            </fieldset>
          )}
        </Answered>
      </div>
    </Panel>
  );
}

function Compared({ ids }: { ids: readonly string[] }) {
  const { answer, again } = useAnswer<CompareView>(
    `/compare?tasks=${ids.join(",")}`,
    (event) => event.type === "task" && ids.includes(event.taskId),
  );
  return (
    <Answered answer={answer} again={again} what="The comparison">
      {({ tasks }) => <ComparedTasks tasks={tasks} />}
    </Answered>
  );
}

/** A line of the comparison: a cell a task. */
interface Fact {
  readonly name: string;
  readonly of: (task: ComparedTask) => ComponentChildren;
}

const FACTS: readonly Fact[] = [
  { name: "mechanism", of: ({ row }) => row.mechanism ?? "–" },
  { name: "offer", of: ({ offer }) => offer.text },
  { name: "state", of: ({ row }) => <PhaseTag row={row} /> },
  {
    name: "score",
    of: ({ row }) => (row.score === null ? "–" : `${percent(row.score)} ${row.measure ?? ""}`),
  },
  { name: "rounds", of: ({ row }) => `${row.rounds.finalized} of ${row.rounds.most}` },
  {
    name: "training took",
    of: ({ trainingSeconds }) => (trainingSeconds === null ? "–" : duration(trainingSeconds)),
  },
  { name: "workers", of: ({ row }) => row.workers },
  { name: "updates accepted", of: ({ updates }) => `${updates.accepted} of ${updates.revealed}` },
  { name: "data fresh", of: ({ freshShare }) => (freshShare === null ? "–" : share(freshShare)) },
  { name: "funded, tokens", of: ({ row }) => <Amount wei={row.escrow.funded} /> },
  { name: "paid, tokens", of: ({ row }) => <Amount wei={row.escrow.paid} /> },
  {
    name: "refunded, tokens",
    of: ({ row, refundedShare }) => (
      <>
        <Amount wei={row.escrow.refunded} />
        {refundedShare === null ? null : <span class="dim"> {share(refundedShare)}</span>}
      </>
    ),
  },
  {
    name: "paid to a worker: least",
    of: ({ paidPerWorker }) => (paidPerWorker === null ? "–" : <Amount wei={paidPerWorker.least} />),
  },
  {
    name: "… median",
    of: ({ paidPerWorker }) => (paidPerWorker === null ? "–" : <Amount wei={paidPerWorker.median} />),
  },
  {
    name: "… most",
    of: ({ paidPerWorker }) => (paidPerWorker === null ? "–" : <Amount wei={paidPerWorker.most} />),
  },
];

function ComparedTasks({ tasks }: { tasks: readonly ComparedTask[] }) {
  const nameOf = ({ row }: ComparedTask) => `${row.taskId}${row.name === null ? "" : ` · ${row.name}`}`;
  const most = Math.max(0, ...tasks.map(({ curve }) => curve.length));
  const rounds = Array.from({ length: most }, (_, i) => i + 1);
  return (
    <>
      <Panel title="Side by side" flush>
        <DataTable
          caption="Tasks side by side"
          hideCaption
          rows={FACTS}
          keyOf={({ name }) => name}
          columns={[
            { header: "measure", head: true, cell: ({ name }) => name },
            ...tasks.map((task) => ({
              header: `task ${nameOf(task)}`,
              numeric: true,
              cell: ({ of }: Fact) => of(task),
            })),
          ]}
        />
      </Panel>
      {most === 0 ? null : (
        <Panel title="Score by round">
          <LineChart
            title="Score by round"
            xLabel="round"
            x={rounds}
            lines={tasks.map((task, i) => ({
              label: `task ${nameOf(task)}`,
              colour: (i % 6) + 1,
              dashed: i >= 6,
              values: rounds.map((round) => task.curve.find((point) => point.round === round)?.score ?? null),
            }))}
            format={percent}
            formatMark={share}
          />
        </Panel>
      )}
      <div class="columns">
        {tasks.map((task) => (
          <Panel
            key={task.row.taskId}
            title={`Offer of task ${nameOf(task)}`}
            note={<a href={to("tasks", task.row.taskId)}>live</a>}
            flush
          >
            {task.offer.table === null ? (
              <p class="body note">{task.offer.text}</p>
            ) : (
              <ViewTableOf table={task.offer.table} caption={`Offer of task ${task.row.taskId}`} />
            )}
            {task.choices.length === 0 ? null : (
              <DataTable
                caption="Who chose what"
                rows={task.choices}
                keyOf={({ choice }) => choice}
                columns={[
                  { header: "chose", head: true, cell: ({ choice }) => choice },
                  { header: "workers", numeric: true, cell: ({ workers }) => workers },
                  { header: "paid, tokens", numeric: true, cell: ({ paid }) => <Amount wei={paid} /> },
                ]}
              />
            )}
          </Panel>
        ))}
      </div>
    </>
  );
}
