import type { ContractEvent } from "../../protocol/contracts.ts";
import type { TaskView } from "./TaskView.ts";

/** Whether an event is about a task, or about its account in the escrow. */
export function concernsTask(
  { task, manager }: Pick<TaskView, "task" | "manager">,
  event: ContractEvent,
): boolean {
  return taskOf(event, manager) === task;
}

/** The task that an event is about, itself or by its account in the escrow; undefined of any other event. */
export function taskOf({ args }: ContractEvent, manager: string): bigint | undefined {
  if ("task" in args) return args.task;
  if (!("application" in args) || args.application.toLowerCase() !== manager.toLowerCase()) return undefined;
  return args.id;
}
