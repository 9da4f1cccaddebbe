import { taskSummary } from "../../../tasks/view/taskSummary.ts";
import type { TaskLive } from "../../api/TaskLive.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { ifReadable } from "./taskMoment.ts";

/**
 * Until when what is left of an ended task is held, and what of it can still be claimed, as the command line tells it. A
 * route from the relay chain that is closed holds it as well: events tell that, so no chain is asked.
 */
export function heldOf(watch: NetworkWatch, { view }: WatchedTask): Pick<TaskLive, "held" | "due"> {
  const summary = ifReadable(() => taskSummary(view, { network: watch.network, now: watch.now }));
  if (summary === undefined) return { held: null, due: null };
  const { held, due, status } = summary;
  const route = watch.main.branch.book.gateway.routes.get(BigInt(watch.network.relay.chainId));
  const isClosed = route?.paused !== undefined || route?.frozen !== undefined;
  const isOver = status !== "Open" && status !== "None";
  const isLeft = view.escrow.funded > view.escrow.paid + view.escrow.refunded;
  if (isClosed && isOver && isLeft) return { held: { until: null, why: "route" }, due };
  return { held, due };
}
