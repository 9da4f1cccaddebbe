import { useSignal } from "@preact/signals";
import { counted } from "../../../reports/counted.ts";
import type { AuditRequest, AuditView, CheckView, EvidenceLink } from "../../api/AuditView.ts";
import { grouped } from "../format/grouped.ts";
import { Answered } from "../parts/Answered.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { to } from "../router.ts";
import { say } from "../state/announcements.ts";
import { AskError, ask } from "../state/ask.ts";
import { useAnswer } from "../state/useAnswer.ts";

/** What an audit found, check by check, with where the evidence is. */
export function Audit({ id }: { id: string }) {
  const path = `/tasks/${encodeURIComponent(id)}/audit`;
  const { answer, again } = useAnswer<AuditView>(
    path,
    (event) => (event.type === "audit" || event.type === "task") && event.taskId === id,
  );
  return (
    <Answered answer={answer} again={again} what="The audit">
      {(view) => <AuditOf view={view} path={path} again={again} />}
    </Answered>
  );
}

function AuditOf({ view, path, again }: { view: AuditView; path: string; again: () => void }) {
  const { state, checks, running, trouble, startedAt, finishedAt, isStale } = view;
  return (
    <>
      <Panel
        title="Audit"
        note="re-derived from the chains and storage, without asking anybody's word"
        end={<Verdict view={view} />}
      >
        <div class="stack">
          {view.verdict === null ? null : <p class="verdict">{view.verdict}</p>}
          {state === "none" ? <p>This server has not audited the task.</p> : null}
          {state === "waiting" ? <p class="pulse">It waits for another audit to end.</p> : null}
          {startedAt === null ? null : (
            <p class="note">
              begun <Moment at={startedAt} />
              {finishedAt === null ? null : (
                <>
                  , ended <Moment at={finishedAt} />
                </>
              )}
            </p>
          )}
          {isStale ? (
            <p class="warn-text">
              <Icon name="alert" /> The task went on since; another audit may find something else.
            </p>
          ) : null}
          {trouble === null ? null : (
            <div class="callout bad" role="alert">
              <p>
                <strong>{trouble.message}</strong>
              </p>
              {trouble.next === null ? null : <p>{trouble.next}</p>}
            </div>
          )}
          <Ask view={view} path={path} again={again} />
        </div>
      </Panel>
      {checks.length === 0 && running === null ? null : (
        <Panel title="Checks" note={counted(checks.length, "check")} flush>
          <ul class="checks">
            {checks.map((check) => (
              <Check key={check.name} task={view.taskId} check={check} />
            ))}
            {running === null ? null : (
              <li class="check">
                <span class="sign busy-text pulse">
                  <Icon name="dot" />
                </span>
                <div>
                  <h3>{running.title}</h3>
                  <p class="note">being examined</p>
                </div>
              </li>
            )}
          </ul>
        </Panel>
      )}
      {state === "none" && checks.length === 0 && !view.mayAsk ? (
        <Empty title="No audit here">
          <p>Anybody can make one, with the chains and storage alone.</p>
          <CommandLine line={view.command} />
        </Empty>
      ) : null}
    </>
  );
}

function Verdict({ view: { state, outcome } }: { view: AuditView }) {
  if (state === "running" || state === "waiting") return <Tag tone="busy">{state}</Tag>;
  if (state === "failed") return <Tag tone="bad">could not be made</Tag>;
  switch (outcome) {
    case "holds":
      return <Tag tone="good">everything holds</Tag>;
    case "fails":
      return <Tag tone="bad">something does not hold</Tag>;
    case "unexamined":
      return (
        <Tag tone="warn" icon="question">
          not all examined
        </Tag>
      );
    default:
      return null;
  }
}

function Ask({ view, path, again }: { view: AuditView; path: string; again: () => void }) {
  const trainings = useSignal(0);
  const refused = useSignal<string | undefined>(undefined);
  const { mayAsk, mostReExecuted, state, command } = view;
  if (!mayAsk) {
    return (
      <div class="stack">
        <p class="note">This server makes no audits. Anybody can, with the chains and storage alone:</p>
        <CommandLine line={command} />
      </div>
    );
  }
  const busy = state === "running" || state === "waiting";
  const start = async (event: Event) => {
    event.preventDefault();
    refused.value = undefined;
    const request: AuditRequest = { reExecute: trainings.value };
    try {
      await ask<AuditView>(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      say("The audit has begun.");
      again();
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      refused.value = `${error.message}${error.next === undefined ? "" : ` ${error.next}`}`;
      // It may have begun all the same.
      if (error.passing) again();
    }
  };
  return (
    <form class="controls" onSubmit={start}>
      {mostReExecuted === 0 ? null : (
        <label>
          Trainings to repeat, at most {mostReExecuted}
          <input
            type="number"
            min={0}
            max={mostReExecuted}
            value={trainings.value}
            onInput={(event) =>
              (trainings.value = Math.max(
                0,
                Math.min(mostReExecuted, event.currentTarget.valueAsNumber || 0),
              ))
            }
          />
        </label>
      )}
      <button type="submit" class="button primary" disabled={busy}>
        <Icon name="play" /> {state === "none" ? "Audit this task" : "Audit again"}
      </button>
      {refused.value === undefined ? null : (
        <p class="bad-text" role="alert">
          {refused.value}
        </p>
      )}
    </form>
  );
}

const SIGNS = {
  holds: { icon: "check", tone: "good-text", word: "holds" },
  fails: { icon: "cross", tone: "bad-text", word: "fails" },
  unexamined: { icon: "question", tone: "warn-text", word: "not all examined" },
} as const;

function Check({ task, check }: { task: string; check: CheckView }) {
  const { outcome, title, name, examined, unit, notes, failure, unexamined, evidence } = check;
  const nothing = outcome === "holds" && examined === 0;
  const { icon, tone, word } = SIGNS[outcome];
  const untold = unexamined.count - unexamined.first.length;
  return (
    <li class={`check ${outcome}`}>
      <span class={`sign ${nothing ? "dim" : tone}`}>
        <Icon name={nothing ? "dash" : icon} size={16} />
        <span class="unseen">{nothing ? "nothing to examine" : word}</span>
      </span>
      <div class="stack">
        <div class="check-head">
          <h3>{title}</h3>
          <span class="note">
            {name} · {grouped(examined)} {unit}
          </span>
        </div>
        {failure === null ? null : <p class="callout bad">{failure}</p>}
        {unexamined.first.map(({ what, next }) => (
          <p key={what} class="callout warn">
            <strong>Not examined:</strong> {what} <span class="dim">{next}</span>
          </p>
        ))}
        {untold > 0 ? <p class="warn-text">{untold} more are not examined.</p> : null}
        {notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
        {evidence.length === 0 ? null : (
          <ul class="evidence" aria-label={`Evidence of ${name}`}>
            {evidence.map((link) => (
              <li key={`${link.kind} ${link.id} ${link.text}`}>
                <Evidence task={task} link={link} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function Evidence({ task, link: { kind, id, chain, url, text } }: { task: string; link: EvidenceLink }) {
  const href = evidenceHref(task, { kind, id, chain, url });
  if (href === undefined)
    return (
      <span>
        {text} {id === null ? null : <Hash value={id} what={kind} />}
      </span>
    );
  return <a href={href}>{text}</a>;
}

function evidenceHref(
  task: string,
  { kind, id, chain, url }: Pick<EvidenceLink, "kind" | "id" | "chain" | "url">,
): string | undefined {
  switch (kind) {
    case "messages":
      return `${to("messages")}?task=${task}`;
    case "message":
      return id === null ? to("messages") : to("messages", id);
    case "task":
    case "round":
      return to("tasks", task);
    case "worker":
      return id === null
        ? to("tasks", task, "statement")
        : `${to("tasks", task, "statement", id)}${chain === null ? "" : `?chain=${encodeURIComponent(chain)}`}`;
    case "money":
      return to("tasks", task, "money");
    case "freshness":
      return to("tasks", task, "freshness");
    case "network":
      return to("network");
    case "file":
      // Whoever stored a file does not choose what a click does.
      return url !== null && /^(https?:\/)?\//.test(url) ? url : undefined;
    case "transaction":
      return undefined;
    default:
      return kind satisfies never;
  }
}
