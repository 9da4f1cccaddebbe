import { appendFileSync, openSync } from "node:fs";
import { dirname, join } from "node:path";

import type { AggregatorEvent } from "../aggregators/AggregatorEvent.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import { eventLogger, type LogDestination } from "../reports/eventLogger.ts";
import type { WorkerEvent } from "../workers/WorkerEvent.ts";

/** What workers and aggregators tell. */
export type ServiceEvent = WorkerEvent | AggregatorEvent;

/** Where all that workers or aggregators of a process tell is written. */
export interface ServiceLog {
  path: string;
  write: (event: ServiceEvent) => void;
}

/**
 * The log of a network's services in its directory, such as `logs/workers.jsonl`: a line of JSON an event, added to
 * what is there. The file is opened when there is something to write. What cannot be written, as on a full disk, is lost
 * and said, and nothing else comes of it.
 *
 * @param onError - Told each time that a line cannot be written.
 */
export function serviceLog(
  directory: string,
  name: "workers" | "aggregators" | "network",
  onError: (error: unknown) => void,
): ServiceLog {
  const path = join(directory, "logs", `${name}.jsonl`);
  let file: number | undefined;
  const write = serviceLogger({
    write(line) {
      try {
        if (file === undefined) {
          makeDirectory(dirname(path));
          file = openSync(path, "a");
        }
        appendFileSync(file, line);
      } catch (error) {
        onError(error);
      }
    },
  });
  return { path, write };
}

/** A listener that writes every event as a line of JSON. */
export function serviceLogger(destination: LogDestination): (event: ServiceEvent) => void {
  return eventLogger(destination, {
    partOf: (event) => ("aggregator" in event ? "aggregator" : "worker"),
    isWarning,
  });
}

const WARNINGS: ReadonlySet<ServiceEvent["type"]> = new Set<ServiceEvent["type"]>([
  "trouble",
  "round-missed",
  "left-out",
  "abstained",
  "differed",
]);

function isWarning({ type }: ServiceEvent): boolean {
  return WARNINGS.has(type);
}
