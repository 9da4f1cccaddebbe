import { useEffect } from "preact/hooks";
import type { TaskLive } from "../../api/TaskLive.ts";
import { capitalized } from "../format/capitalized.ts";
import { counted } from "../format/counted.ts";
import { percent } from "../format/percent.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { Countdown } from "../parts/Elapsed.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { PhaseTag, phaseWords } from "../parts/PhaseTag.tsx";
import { to } from "../router.ts";
import { say } from "../state/announcements.ts";
import { useAnswer } from "../state/useAnswer.ts";
import { Audit } from "./Audit.tsx";
import { Freshness } from "./Freshness.tsx";
import { Live } from "./Live.tsx";
import { Money } from "./Money.tsx";
import { Statement } from "./Statement.tsx";

/** The views of one task; `path` is behind its number. */
export const TASK_TABS = [
  { path: "", title: "Live" },
  { path: "freshness", title: "Freshness" },
  { path: "money", title: "Money" },
  { path: "statement", title: "Statements" },
  { path: "audit", title: "Audit" },
] as const;

/** One task: what it is, where it stands, and one of its views. */
export function TaskPage({ id, tab, worker }: { id: string; tab: string; worker: string | undefined }) {
  const { answer, again } = useAnswer<TaskLive>(
    `/tasks/${encodeURIComponent(id)}`,
    (event) => event.type === "task" && event.taskId === id,
  );
  const { data } = answer.value;
  const words = data === undefined ? undefined : phaseWords(data.row);
  useEffect(() => {
    if (words !== undefined) say(`Task ${id}: ${words}`);
  }, [words, id]);
  return (
    <Answered answer={answer} again={again} what={`Task ${id}`} isPage>
      {(task) => (
        <>
          <div class="stack">
            <div class="title-row">
              <h1>
                Task {id}
                {task.row.name === null ? null : <span class="title-name"> {task.row.name}</span>}
              </h1>
              <PhaseTag row={task.row} />
              {task.deadline === null ? null : (
                <span class="countdown">
                  <Countdown until={task.deadline.at} /> <span class="dim">until {task.deadline.next}</span>
                </span>
              )}
              <span class="end note">
                {task.row.mechanism ?? "unknown mechanism"} · published by{" "}
                <Hash value={task.row.publisher} what="publisher's address" />
              </span>
            </div>
            {task.row.outcome === null || task.row.outcome.ok ? null : (
              <div class="callout bad">
                <p>
                  <strong>{capitalized(task.row.outcome.text)}.</strong>
                </p>
                {task.row.outcome.next === null ? null : <p>{task.row.outcome.next}</p>}
              </div>
            )}
            {task.refusal === null ? null : (
              <p class="bad-text">The relay chain refused it: {task.refusal}</p>
            )}
          </div>
          <TaskFigures task={task} />
          <nav class="tabs" aria-label={`Views of task ${id}`}>
            <ul>
              {TASK_TABS.map(({ path, title }) => (
                <li key={path}>
                  <a
                    href={path === "" ? to("tasks", id) : to("tasks", id, path)}
                    {...(path === tab ? { "aria-current": "page" as const } : {})}
                  >
                    {title}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <Tab id={id} tab={tab} worker={worker} task={task} />
        </>
      )}
    </Answered>
  );
}

function Tab({
  id,
  tab,
  worker,
  task,
}: {
  id: string;
  tab: string;
  worker: string | undefined;
  task: TaskLive;
}) {
  switch (tab) {
    case "freshness":
      return <Freshness id={id} />;
    case "money":
      return <Money id={id} isOpen={task.row.status === "Open" || task.row.status === "None"} />;
    case "statement":
      return <Statement id={id} worker={worker} task={task} />;
    case "audit":
      return <Audit id={id} />;
    default:
      return <Live task={task} />;
  }
}

function TaskFigures({ task: { row, due, workers } }: { task: TaskLive }) {
  const { escrow } = row;
  const claims = workers.filter(({ paid }) => paid !== null).length;
  const underPaid =
    due !== null && due !== "0" ? (
      <>
        <Amount wei={due} /> earned, not claimed
      </>
    ) : escrow.paid === "0" && claims > 0 ? (
      `${counted(claims, "claim")}, ${claims === 1 ? "" : "all "}of 0`
    ) : undefined;
  return (
    <Figures
      figures={[
        {
          label: capitalized(row.measure ?? "score"),
          value: row.score === null ? "–" : percent(row.score),
        },
        { label: "Rounds", value: `${row.rounds.finalized} of ${row.rounds.most}` },
        { label: "Workers", value: row.workers, under: row.subchains.join(", ") },
        { label: "Funded", value: <Amount wei={escrow.funded} unit /> },
        {
          label: "Paid",
          value: <Amount wei={escrow.paid} unit />,
          ...(underPaid === undefined ? {} : { under: underPaid }),
        },
        { label: "Refunded", value: <Amount wei={escrow.refunded} unit /> },
        { label: "Held", value: <Amount wei={escrow.held} unit /> },
      ]}
    />
  );
}
