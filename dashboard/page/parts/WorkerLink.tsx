import { to } from "../router.ts";
import { Hash } from "./Hash.tsx";

/** A worker of a task; leads to its statement. */
export function WorkerLink({ task, worker, chain }: { task: string; worker: string; chain: string }) {
  return (
    <Hash
      value={worker}
      what="worker's address"
      href={`${to("tasks", task, "statement", worker)}?chain=${encodeURIComponent(chain)}`}
    />
  );
}
