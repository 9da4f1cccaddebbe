import type { AggregatorEvent } from "../../../aggregators/AggregatorEvent.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";

/** Fields that tell what an event is about. */
type About = "task" | "round" | "worker" | "aggregator" | "chain" | "messageId" | "messageIds";

/** What the lines of each event say it is about; of troubles only where it is about one task, or certain messages. */
type Fields<Type extends string> = Readonly<Record<Type, readonly About[]>>;

const WORKER_IN_TASK = ["task", "worker", "chain"] as const;
const WORKER_IN_ROUND = [...WORKER_IN_TASK, "round"] as const;
export const WORKER_FIELDS: Fields<WorkerEvent["type"]> = {
  "task-arrived": WORKER_IN_TASK,
  enrolled: WORKER_IN_TASK,
  abstained: WORKER_IN_TASK,
  refreshed: WORKER_IN_TASK,
  "nothing-sensed": WORKER_IN_TASK,
  trained: WORKER_IN_ROUND,
  committed: WORKER_IN_ROUND,
  revealed: WORKER_IN_ROUND,
  "not-drawn": WORKER_IN_ROUND,
  "round-missed": WORKER_IN_ROUND,
  claimed: WORKER_IN_TASK,
  unpaid: WORKER_IN_TASK,
  trouble: ["worker", "chain"],
};

const AGGREGATOR_IN_ROUND = ["task", "round", "aggregator"] as const;
export const AGGREGATOR_FIELDS: Fields<AggregatorEvent["type"]> = {
  aggregated: AGGREGATOR_IN_ROUND,
  "left-out": [...AGGREGATOR_IN_ROUND, "worker", "chain"],
  abstained: ["task", "aggregator"],
  committed: AGGREGATOR_IN_ROUND,
  attested: AGGREGATOR_IN_ROUND,
  differed: AGGREGATOR_IN_ROUND,
  trouble: ["aggregator"],
};

const MESSAGE = ["messageId", "chain"] as const;
const CHAIN = ["chain"] as const;
export const RELAY_FIELDS: Fields<RelayEvent["type"]> = {
  vouched: CHAIN,
  "contradiction-found": CHAIN,
  "endpoint-differs": CHAIN,
  "chain-reorganized": CHAIN,
  "message-sent": MESSAGE,
  "message-hidden": MESSAGE,
  "message-announced": MESSAGE,
  "message-delivered": MESSAGE,
  "delivery-failed": MESSAGE,
  "submission-sent": ["messageIds", "chain"],
  "submission-mined": ["messageIds", "chain"],
  "beacon-drawn": ["task", "chain"],
  "commits-closed": ["task", "round", "chain"],
  "round-closed": ["task", "round", "chain"],
  "epoch-settled": ["task", "chain"],
  "task-expired": ["task"],
  trouble: CHAIN,
};

/** By who tells. */
export const FIELDS_OF: Readonly<Record<string, Fields<string>>> = {
  worker: WORKER_FIELDS,
  aggregator: AGGREGATOR_FIELDS,
  relay: RELAY_FIELDS,
};

/** Other names for the same things, which no line may have. */
const OTHER_NAMES = [
  "taskId",
  "task_id",
  "message",
  "messages",
  "msgId",
  "id",
  "workerAddress",
  "roundNumber",
];

/** A line of a log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly part: string; readonly event: string };

/** What a line of a log lacks, or has by a name that it should not. */
export function faultsOfLine(line: LogLine): string[] {
  const { part, event } = line;
  const needed = FIELDS_OF[part]?.[event];
  if (needed === undefined) return [`${part} tells of ${event}, of which nothing is known`];
  return [
    ...["time", "level", ...needed].flatMap((name) =>
      line[name] === undefined ? [`${event} lacks ${name}`] : [],
    ),
    ...OTHER_NAMES.flatMap((name) => (line[name] === undefined ? [] : [`${event} has ${name}`])),
    // What is told in words is in a field, too.
    ...(typeof line.doing === "string" && /\btask \d/.test(line.doing) && line.task === undefined
      ? [`${event} names a task in words only: ${line.doing}`]
      : []),
  ];
}
