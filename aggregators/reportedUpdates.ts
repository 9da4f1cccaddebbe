import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ReceiptedUpdate } from "../tasks/acceptUpdates.ts";
import { isReported } from "../tasks/isReported.ts";

/** How long to wait before a subchain that does not answer is asked again, milliseconds. */
const RETRY = { first: 500, last: 5000 };

/** A subchain's report of a round, as main received it. */
export interface ReceivedReport {
  task: bigint;
  round: number;
  chainId: bigint;
  report: { revealed: number; updatesRoot: string };
  /** Until when the round's updates are looked for at the least, Unix milliseconds: the end of its time for reports. */
  until: number;
  /** For how long after that a chain that does not answer is asked, milliseconds. */
  patience: number;
}

/**
 * The updates that a subchain's report is about, in the order of their reveals. Of a report that the chain, read after
 * the round's time, does not bear out nobody's update counts: whoever signed it, the task's other subchains go on. The
 * same holds of a chain that does not answer for as long again. Aggregators whose nodes show different things differ,
 * and derive the round anew.
 *
 * @returns undefined when nobody's update counts, after `onNone` was told why.
 */
export async function reportedUpdates(
  { task, round, chainId, report, until, patience }: ReceivedReport,
  modules: {
    follower: Pick<ChainFollower, "collect" | "past" | "poll">;
    clock: Clock;
    onNone: (why: BaseError) => void;
  },
  signal: AbortSignal,
): Promise<ReceiptedUpdate[] | undefined> {
  const { follower, clock, onNone } = modules;
  if (report.revealed === 0) return [];
  const filter: EventFilter<"UpdateRevealed"> = {
    name: "UpdateRevealed",
    task,
    where: ({ args }) => args.round === round,
  };
  const shown = (events: readonly EventNamed<"UpdateRevealed">[]) =>
    events.map(({ args }): ReceiptedUpdate => ({ chainId, ...args }));
  const milliseconds = Math.max(0, until - clock.now());
  const inTime = await withTimeout({ clock, milliseconds, signal }, (ended) =>
    follower.collect(filter, (events) => isReported(shown(events), report), ended),
  ).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return undefined;
  });
  if (inTime !== undefined) return shown(inTime);
  const last = clock.now() + patience;
  for (let failures = 0; ; ) {
    try {
      await follower.poll();
      break;
    } catch (error) {
      if (signal.aborted) throw error;
      if (clock.now() >= last) break;
      await clock.sleep(backOff(RETRY, ++failures), signal);
    }
  }
  const present = shown(follower.past(filter));
  if (isReported(present, report)) return present;
  onNone(
    new BaseError(
      "REPORT_UNFOUNDED",
      "A subchain reported other updates than it shows; none of them counts.",
      {
        details: `Round ${ordinal(round)} of task ${task}: the report has ${report.revealed} updates under ${report.updatesRoot}; its events show ${present.length}.`,
        next: "Find out whether its validators lie, or its node here does not answer or is behind.",
      },
    ),
  );
  return undefined;
}
