import type { MessageCounts, MessageRow } from "./MessageRow.ts";
import type { ChainView, ReplacedBranch } from "./NetworkView.ts";
import type { TaskRow } from "./TaskRow.ts";
import type { Seconds } from "./values.ts";

/**
 * What `/api/events` pushes: `event` is the type here, `data` the rest as JSON, `id` where to go on. A viewer that comes
 * back with `Last-Event-ID` gets all that it missed of its topics; if that is too long ago, or the server was started
 * anew, it gets `reset` first and asks for everything again. What changes at once is told at once: four times a second.
 *
 * `?topics=` names what a viewer wants to hear of, separated by commas: `network`, `tasks`, `task.ID`, `messages`,
 * `markets`, `audit.ID`; all of `network` and `tasks` unless given. `hello`, `reset` and `beat` come to everybody.
 */
export type LiveEvent =
  /** First of all, on each connection; without an id. An answer that takes longer than `answerSeconds` is cut. */
  | { type: "hello"; startedAt: Seconds; now: Seconds; version: string; answerSeconds: number }
  /** What was missed is not to be had: ask for everything that is shown again. */
  | { type: "reset"; why: "too-old" | "restarted" }
  /** Every 10 seconds, so that silence means a lost connection; without an id. */
  | { type: "beat"; now: Seconds; viewers: number }
  /** A chain's head, finality or connection (topic `network`). */
  | { type: "chain"; chain: ChainBeat }
  /** Routes, validators or something else of the network: ask `/api/network` again (topic `network`). */
  | { type: "network" }
  /**
   * Blocks that were shown are gone, and what came in their place is read: ask for everything that is shown again (to
   * everybody). Between the two, the chain is `rereading`, and what is shown is of before.
   */
  | { type: "replaced"; chain: string; branch: ReplacedBranch }
  /** Tasks that are new or changed; with `more`, so many others did that the list is to be asked again (topic `tasks`). */
  | { type: "tasks"; rows: TaskRow[]; more: boolean; total: number }
  /** Something about a task: ask for what is shown of it again (topic `task.ID`). */
  | { type: "task"; taskId: string }
  /** As `tasks` (topic `messages`). */
  | { type: "messages"; rows: MessageRow[]; more: boolean; counts: MessageCounts }
  /** Something of a market: ask for it again (topic `markets`). */
  | { type: "market"; name: string }
  /** An audit went on: ask `/api/tasks/ID/audit` again (topic `audit.ID`). */
  | { type: "audit"; taskId: string };

/** What of a chain changes with every block. */
export type ChainBeat = Pick<
  ChainView,
  "name" | "connection" | "since" | "trouble" | "head" | "final" | "readUpTo" | "clockLagSeconds"
>;

/** Types of events. */
export type LiveEventType = LiveEvent["type"];
