import { useEffect, useMemo } from "preact/hooks";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type {
  MessageCounts,
  MessageLine,
  MessageRow,
  MessageState,
  MessageStep,
} from "../../api/MessageRow.ts";
import { duration } from "../format/duration.ts";
import { grouped } from "../format/grouped.ts";
import { Answered } from "../parts/Answered.tsx";
import { Age } from "../parts/Elapsed.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { SearchField } from "../parts/SearchField.tsx";
import { CommandLine, Empty, Failed, Loading } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { VirtualList } from "../parts/VirtualList.tsx";
import { ask, go, place, to } from "../router.ts";
import { hear } from "../state/connection.ts";
import { MessagePages } from "../state/MessagePages.ts";
import { network } from "../state/network.ts";
import { useAnswer } from "../state/useAnswer.ts";

const ROW_HEIGHT = 40;
const LIST_HEIGHT = 600;

/** Messages between chains: how far each has come, and what helps where one does not. */
export function Messages({ id }: { id: string | undefined }) {
  const { query } = place.value;
  const asked = new URLSearchParams();
  for (const name of ["state", "chain", "task", "search"]) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const question = asked.toString();
  const pages = useMemo(() => new MessagePages(question), [question]);
  useEffect(() => {
    const end = hear((event) => pages.take(event));
    return () => {
      end();
      pages.stop();
    };
  }, [pages]);
  const counts = pages.counts.value;
  return (
    <>
      <h1>Messages</h1>
      {counts === undefined ? null : <Counts counts={counts} />}
      <Controls />
      <div class={`columns ${id === undefined ? "" : "wide-first"}`}>
        <List pages={pages} chosen={id} filtered={question !== ""} />
        {id === undefined ? null : <Line key={id} id={id} />}
      </div>
    </>
  );
}

function Counts({ counts }: { counts: MessageCounts }) {
  const { sent, delivered, open, stuck, refused, medianSeconds, slowSeconds } = counts;
  return (
    <Figures
      figures={[
        { label: "Sent", value: grouped(sent) },
        { label: "Delivered", value: grouped(delivered) },
        { label: "On their way", value: grouped(open) },
        { label: "Stuck", value: stuck === 0 ? "0" : <span class="bad-text">{grouped(stuck)}</span> },
        { label: "Refused", value: refused === 0 ? "0" : <span class="bad-text">{grouped(refused)}</span> },
        {
          label: "Time to delivery",
          value: medianSeconds === null ? "–" : duration(medianSeconds),
          under: slowSeconds === null ? undefined : `19 of 20 within ${duration(slowSeconds)}`,
        },
      ]}
    />
  );
}

function Controls() {
  const { query } = place.value;
  const change = (name: string) => (event: Event) =>
    ask(name, (event.currentTarget as HTMLSelectElement).value);
  const chains = network.value.data?.chains ?? [];
  const task = query.get("task");
  return (
    <search class="controls">
      <SearchField label="Id or transaction" onSearch={(text) => ask("search", text)} />
      <label>
        State
        <select value={query.get("state") ?? ""} onChange={change("state")}>
          <option value="">all</option>
          <option value="open">on their way</option>
          <option value="stuck">stuck</option>
          <option value="delivered">delivered</option>
        </select>
      </label>
      <label>
        Chain
        <select value={query.get("chain") ?? ""} onChange={change("chain")}>
          <option value="">all</option>
          {chains.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {task === null ? null : (
        <button type="button" class="button" onClick={() => ask("task", undefined)}>
          of task {task} <Icon name="cross" size={12} />
          <span class="unseen">: show those of all tasks</span>
        </button>
      )}
    </search>
  );
}

function List({
  pages,
  chosen,
  filtered,
}: {
  pages: MessagePages;
  chosen: string | undefined;
  filtered: boolean;
}) {
  const total = pages.total.value;
  const error = pages.error.value;
  // Rows are read anew whenever one has changed.
  void pages.version.value;
  const sight = useMemo(() => (first: number, last: number) => pages.looksAt(first, last), [pages]);
  if (error !== undefined && (total === undefined || !error.passing)) {
    return (
      <Failed
        title="The messages cannot be shown"
        message={error.message}
        {...(error.next === undefined ? {} : { next: error.next })}
        retry={() => pages.again()}
      />
    );
  }
  if (total === undefined) return <Loading what="The list of messages" />;
  if (total === 0) {
    return filtered ? (
      <Empty title="No message is like that">
        <p>
          <a href={to("messages")}>Show all messages</a>
        </p>
      </Empty>
    ) : (
      <Empty title="No message was sent yet">
        <p>Chains send each other messages as soon as a task is published.</p>
      </Empty>
    );
  }
  return (
    <Panel
      title={`${grouped(total)} ${total === 1 ? "message" : "messages"}`}
      note={
        pages.dropped.value > 0
          ? `the newest first; ${grouped(pages.dropped.value)} older ones are on the chains only`
          : "the newest first"
      }
      flush
    >
      <div class="message-row message-head" aria-hidden="true">
        <span>state</span>
        <span>what</span>
        <span>from → to</span>
        <span class="wide-only">id</span>
        <span class="num">took</span>
      </div>
      <VirtualList
        label="Messages"
        count={total}
        rowHeight={ROW_HEIGHT}
        height={LIST_HEIGHT}
        chosen={chosen === undefined ? -1 : pages.placeOf(chosen)}
        onChoose={(i) => {
          const row = pages.row(i);
          if (row !== undefined) open(row.id);
        }}
        onSight={sight}
        idOf={(i) => `message-${i}`}
        row={(i) => <Row row={pages.row(i)} />}
      />
    </Panel>
  );
}

/** Opens a message and keeps what is asked for; going back leads where one came from, not through every message. */
function open(id: string): void {
  const text = place.peek().query.toString();
  go(`${to("messages", id)}${text === "" ? "" : `?${text}`}`, { replace: place.peek().parts.length > 1 });
}

function Row({ row }: { row: MessageRow | undefined }) {
  if (row === undefined) return <div class="message-row dim">…</div>;
  const { id, kind, origin, destination, taskId, round, state, sentAt, seconds } = row;
  return (
    <div class="message-row">
      <StateTag state={state} />
      <span class="message-kind">
        {kindInWords(kind)}
        {taskId === null ? "" : <span class="dim"> task {taskId}</span>}
        {round === null ? "" : <span class="dim">, round {round}</span>}
      </span>
      <span class="dim nowrap">
        {origin} → {destination ?? "nowhere"}
      </span>
      <span class="mono dim wide-only">{shortAddress(id)}</span>
      <span class="num dim">{seconds === null ? <Age at={sentAt} /> : duration(seconds)}</span>
    </div>
  );
}

/** "RoundStarted" as "Round started". */
function kindInWords(kind: string): string {
  return kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function StateTag({ state }: { state: MessageState }) {
  switch (state) {
    case "open":
      return <Tag tone="busy">on its way</Tag>;
    case "stuck":
      return (
        <Tag tone="bad" icon="alert">
          stuck
        </Tag>
      );
    case "refused":
      return <Tag tone="bad">refused</Tag>;
    case "delivered":
      return <Tag tone="good">delivered</Tag>;
    case "unroutable":
      return <Tag tone="warn">unroutable</Tag>;
    default:
      return state satisfies never;
  }
}

function Line({ id }: { id: string }) {
  const { answer, again } = useAnswer<MessageLine>(
    `/messages/${encodeURIComponent(id)}`,
    ({ type }) => type === "messages",
  );
  return (
    <div class="stack">
      <Answered answer={answer} again={again} what="The message">
        {(line) => <LineOf line={line} />}
      </Answered>
    </div>
  );
}

function LineOf({ line }: { line: MessageLine }) {
  const { row, steps, help, cause, effects, sender, recipient } = line;
  return (
    <Panel
      title={kindInWords(row.kind)}
      note={<Hash value={row.id} what="message's id" />}
      end={<StateTag state={row.state} />}
    >
      <div class="stack">
        <p>
          {row.origin} → {row.destination ?? "nowhere"}, number {row.nonce} of its outbox
          {row.taskId === null ? null : (
            <>
              , of <a href={to("tasks", row.taskId)}>task {row.taskId}</a>
              {row.round === null ? "" : `, round ${row.round}`}
            </>
          )}
        </p>
        {help === null ? null : (
          <div class="callout bad">
            <p>
              <strong>{help.why}</strong>
            </p>
            {help.about === null ? null : <p>{help.about}</p>}
            {help.command === null ? null : <CommandLine line={help.command} />}
          </div>
        )}
        {help === null && row.why !== null ? <p class="note">{row.why}</p> : null}
        <ol class="steps">
          {steps.map((step) => (
            <Step key={`${step.name} ${step.place?.transaction}`} step={step} />
          ))}
        </ol>
        <dl class="pairs">
          <dt>sent</dt>
          <dd>
            <Moment at={row.sentAt} />
          </dd>
          <dt>delivered</dt>
          <dd>
            <Moment at={row.deliveredAt} />
            {row.seconds === null ? null : <span class="dim"> after {duration(row.seconds)}</span>}
          </dd>
          <dt>sender</dt>
          <dd>
            <Hash value={sender} what="sender" />
          </dd>
          <dt>recipient</dt>
          <dd>
            <Hash value={recipient} what="recipient" />
          </dd>
          {cause === null ? null : (
            <>
              <dt>because of</dt>
              <dd>
                <MessageLink row={cause} />
              </dd>
            </>
          )}
          {effects.length === 0 ? null : (
            <>
              <dt>brought about</dt>
              <dd>
                <ul>
                  {effects.map((effect) => (
                    <li key={effect.id}>
                      <MessageLink row={effect} />
                    </li>
                  ))}
                </ul>
              </dd>
            </>
          )}
        </dl>
      </div>
    </Panel>
  );
}

function MessageLink({ row: { id, kind, origin, destination } }: { row: MessageRow }) {
  return (
    <a href={to("messages", id)}>
      {kindInWords(kind)}, {origin} → {destination ?? "nowhere"}
    </a>
  );
}

function Step({ step: { text, done, place: at, name } }: { step: MessageStep }) {
  const bad = name === "refused";
  return (
    <li class={`step ${done ? (bad ? "bad" : "done") : ""}`}>
      <span class="step-sign">
        <Icon name={done ? (bad ? "cross" : "check") : "clock"} size={12} />
        <span class="unseen">{done ? "done" : "not yet"}</span>
      </span>
      <div>
        <p>{text}</p>
        {at === null ? null : (
          <p class="note">
            <PlaceLink place={at} />
          </p>
        )}
      </div>
    </li>
  );
}
