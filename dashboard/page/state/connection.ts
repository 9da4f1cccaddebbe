import { batch, effect, signal } from "@preact/signals";
import type { LiveEvent, LiveEventType } from "../../api/LiveEvent.ts";
import { API } from "../../api/routes.ts";
import { say } from "./announcements.ts";
import { tellAnswerLimit } from "./ask.ts";
import { tellMachineTime } from "./clock.ts";

/** The line to the server. */
export interface Connection {
  readonly state: "connecting" | "open" | "lost";
  /** Since when, Unix seconds by the viewer's clock. */
  readonly since: number;
}

/** Without a word for so long the line is taken to be lost, and opened again: the server's beat comes every 10 s. */
const SILENCE_MILLISECONDS = 25_000;
/** Pause before a line that the browser gave up is opened again. */
const AGAIN_MILLISECONDS = 2000;
/** Topics that are always heard; places add theirs. */
const ALWAYS = ["network", "tasks"];

const TYPES: readonly LiveEventType[] = [
  "hello",
  "reset",
  "beat",
  "chain",
  "network",
  "replaced",
  "tasks",
  "task",
  "messages",
  "market",
  "audit",
];

export const connection = signal<Connection>({ state: "connecting", since: now() });
/** When the server was last heard, Unix seconds by the viewer's clock; undefined before. */
export const lastHeard = signal<number | undefined>(undefined);
/** What the place that is shown wants to hear of besides. */
export const topics = signal<readonly string[]>([]);

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;
let opened = false;

/** Has every event told to `listener`; returns what ends that. */
export function hear(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Opens the line, and keeps it open; again with others when the topics change. */
export function connect(): void {
  let open = "";
  effect(() => {
    const wanted = [...new Set([...ALWAYS, ...topics.value])].join();
    if (wanted === open) return;
    open = wanted;
    openLine(wanted);
  });
}

function openLine(wanted: string): void {
  source?.close();
  const line = new EventSource(`${API}/events?topics=${encodeURIComponent(wanted)}`);
  source = line;
  watchSilence(wanted);
  for (const type of TYPES) {
    line.addEventListener(type, (event) => {
      if (line !== source) return;
      watchSilence(wanted);
      take({ type, ...(JSON.parse((event as MessageEvent<string>).data) as object) } as LiveEvent);
    });
  }
  line.onerror = () => {
    if (line !== source) return;
    lose();
    // The browser opens it again by itself, with the last id, unless it was refused.
    if (line.readyState === EventSource.CLOSED)
      setTimeout(() => line === source && reopen(wanted), AGAIN_MILLISECONDS);
  };
}

/** Opens a line of which the last id is lost: everything is asked for again. */
function reopen(wanted: string): void {
  openLine(wanted);
  tell({ type: "reset", why: "restarted" });
}

function take(event: LiveEvent): void {
  batch(() => {
    lastHeard.value = now();
    if (connection.peek().state !== "open") {
      if (opened && connection.peek().state === "lost") say("Connected again.");
      opened = true;
      connection.value = { state: "open", since: now() };
    }
    if (event.type === "hello" || event.type === "beat") tellMachineTime(event.now);
    if (event.type === "hello") tellAnswerLimit(event.answerSeconds);
    tell(event);
  });
}

function tell(event: LiveEvent): void {
  for (const listener of [...listeners]) listener(event);
}

function lose(): void {
  if (connection.peek().state === "lost") return;
  connection.value = { state: "lost", since: lastHeard.peek() ?? now() };
  say("The connection is lost. What is shown is of before.");
}

function watchSilence(wanted: string): void {
  clearTimeout(silence);
  silence = setTimeout(() => {
    lose();
    reopen(wanted);
  }, SILENCE_MILLISECONDS);
}

function now(): number {
  return Date.now() / 1000;
}
