import { BaseError } from "../protocol/BaseError.ts";
import type { OpenNetwork } from "./openNetwork.ts";

/** A task id of this network; throws `UNKNOWN_TASK`. */
export async function knownTask({ main }: OpenNetwork, id: string): Promise<bigint> {
  const count = await main.taskCount();
  if (/^\d{1,18}$/.test(id) && BigInt(id) >= 1n && BigInt(id) <= count) return BigInt(id);
  throw new BaseError("UNKNOWN_TASK", `There is no task ${id}.`, {
    details: count === 0n ? "No task has been published." : `Tasks are numbered from 1 to ${count}.`,
    next: "List them with: ./freshet task list.",
  });
}
