import type { ContractEvent } from "../../protocol/contracts.ts";
import type { TaskView } from "./TaskView.ts";

/** Whether an event is about a task, or about its account in the escrow. */
export function concernsTask(
  { task, manager }: Pick<TaskView, "task" | "manager">,
  { args }: ContractEvent,
): boolean {
  if ("task" in args) return args.task === task;
  if (!("application" in args) || args.id !== task) return false;
  return args.application.toLowerCase() === manager.toLowerCase();
}
