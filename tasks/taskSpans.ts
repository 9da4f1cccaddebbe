import type { MainChain } from "../chains/clients/MainChain.ts";
import type { TaskSpan } from "../storage/keepRule.ts";
import type { TaskHistory } from "./history/TaskHistory.ts";

/** What the contract says while no end is in sight: the greatest uint48. */
const ENDLESS = 2 ** 48 - 1;

/** When each task of a network needs what is stored for it, as the main chain tells now. @throws what reading it throws. */
export async function taskSpans(main: MainChain, history: TaskHistory): Promise<TaskSpan[]> {
  const [views, publishedAt] = [await history.tasks(), await history.publishedAt()];
  return Promise.all(
    views.map(async ({ task, endedAt }): Promise<TaskSpan> => {
      const heldUntil = Number(await main.heldUntil(task));
      const isOpen = endedAt === undefined || heldUntil >= ENDLESS;
      return {
        publishedAt: publishedAt.get(task)! * 1000,
        overAt: isOpen ? undefined : Math.max(endedAt, heldUntil) * 1000,
      };
    }),
  );
}
