/**
 * What the page's server answers, and with what. All is read by GET, but for the one POST, which a server refuses with
 * 405 unless it was started with `--allow-audits` or `--allow-re-execution`.
 *
 * Each answer has an `etag`; a question with `if-none-match` is answered 304 while nothing changed. An answer is as of
 * the events that were heard: the events of `/api/events` (LiveEvent.ts) say when it is another.
 *
 * | path | answers | changes with the event |
 * |---|---|---|
 * | `/api/network` | `NetworkView` | `chain`, `network` |
 * | `/api/tasks?from&limit&status&mechanism&search&order` | `Paged<TaskRow>` | `tasks` |
 * | `/api/tasks/ID` | `TaskLive` | `task` |
 * | `/api/tasks/ID/freshness` | `FreshnessView` | `task` |
 * | `/api/tasks/ID/money` | `MoneyView` | `task` |
 * | `/api/tasks/ID/audit` | `AuditView` | `audit` |
 * | `/api/tasks/ID/statement` | `StatementsView` | `task` |
 * | `/api/tasks/ID/statement/WORKER?chain` | `StatementView` | `task` |
 * | `/api/compare?tasks=1,2,3` | `CompareView` | `task` |
 * | `/api/messages?from&limit&state&chain&task&search` | `Paged<MessageRow>` and `MessageCounts` | `messages` |
 * | `/api/messages/ID` | `MessageLine` | `messages` |
 * | `/api/markets` | `MarketsView` | `market` |
 * | `/api/markets/NAME` | `MarketView` | `market` |
 * | `/api/markets/NAME/replay` | `MarketReplay`, of the file that the server was given | never |
 * | `/api/events?topics=…` | Server-Sent Events, `LiveEvent` | |
 * | POST `/api/tasks/ID/audit`, `AuditRequest` as JSON | `AuditView` | `audit` |
 */
export const API = "/api";

/** Rows of an answer unless asked otherwise, and at the most. */
export const ROWS = { preset: 50, most: 500 } as const;

/** Tasks that are compared at a time. */
export const MOST_COMPARED = 8;

/** What a list of tasks may be asked for. */
export interface TaskQuestion {
  from?: number;
  limit?: number;
  /** As TaskRow.status. */
  status?: string;
  /** As TaskRow.mechanism. */
  mechanism?: string;
  /** A part of a name, or an id; letters of either case. */
  search?: string;
  /** The newest first, unless `oldest`. */
  order?: "newest" | "oldest";
}

/** What a list of messages may be asked for. */
export interface MessageQuestion {
  from?: number;
  limit?: number;
  /** `open`: not delivered; `stuck`: open, and for longer than a message takes. */
  state?: "open" | "stuck" | "delivered";
  /** Name of a chain that sent it or is to get it. */
  chain?: string;
  /** Id of a task that it is about. */
  task?: string;
  /** The first digits of an id or of a transaction. */
  search?: string;
}
