import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type { FreshnessView, WorkerFreshness } from "../../api/FreshnessView.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { ifReadable, taskMoment } from "./taskMoment.ts";

/** How old each worker's data are, and where they were fresh. */
export function freshnessView(watch: NetworkWatch, task: WatchedTask): FreshnessView {
  const { view } = task;
  const { startTime, epochSeconds } = view.terms.schedule;
  const end = startTime + epochSeconds;
  const times = view.subchains.flatMap(({ chainId }) => watch.feedOf(chainId)?.time ?? []);
  const now = times.reduce((latest, time) => Math.max(latest, time), 0);
  const asOf = Math.max(startTime, Math.min(now, end));
  const isOver = now >= end;
  const { mechanism, moment } = taskMoment(watch, task);
  const histories = workerHistories(view);
  const workers = histories.map((history): WorkerFreshness => {
    const { worker, chainId, refreshes } = history;
    const role = watch.feedOf(chainId)?.place.role;
    const found = ifReadable(() => mechanism?.freshTimes?.(history, { ...moment, now: asOf }));
    const covered = (found?.fresh ?? []).map(([from, to]): [number, number] => [from, to]);
    // Time may not come in the order of the blocks that it is of.
    const ascending = refreshes.toSorted((a, b) => a - b);
    const last = ascending.at(-1);
    return {
      worker,
      chain: watch.nameOf(chainId),
      space: role === "physical" ? "physical" : "virtual",
      choice: ifReadable(() => mechanism?.choice?.(history)) ?? null,
      freshSeconds: found?.freshSeconds ?? null,
      refreshes: ascending,
      covered,
      uncovered: found === undefined ? [] : gapsIn(covered, startTime, asOf),
      coveredSeconds: found === undefined ? null : covered.reduce((sum, [from, to]) => sum + to - from, 0),
      recorded:
        found?.recordedSeconds === undefined ? null : `${found.recordedSeconds} of ${epochSeconds} s fresh`,
      age: isOver || now < startTime ? null : asOf - (last === undefined ? startTime : last),
      nextDue:
        isOver || found === undefined ? null : last === undefined ? startTime : last + found.freshSeconds,
    };
  });
  return { taskId: String(view.task), epoch: { start: startTime, end }, asOf, workers };
}

/** What of a time is in none of some intervals, which are apart and ascending. */
export function gapsIn(
  intervals: readonly (readonly [number, number])[],
  from: number,
  until: number,
): [number, number][] {
  const gaps: [number, number][] = [];
  let reached = from;
  for (const [begins, ends] of intervals) {
    if (begins > reached) gaps.push([reached, Math.min(begins, until)]);
    reached = Math.max(reached, ends);
  }
  if (reached < until) gaps.push([reached, until]);
  return gaps;
}
