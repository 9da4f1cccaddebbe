import type { MechanismView, TaskMoment } from "../../../mechanisms/MechanismView.ts";
import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { ViewTable } from "../../api/TaskLive.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";

/** A task now, as its mechanism is asked about it, and what that adds to its view, where it is known here. */
export function taskMoment(
  watch: NetworkWatch,
  { view }: WatchedTask,
): { moment: TaskMoment; mechanism: MechanismView | undefined } {
  const { terms, mechanismTerms } = view;
  return {
    moment: { terms, mechanismTerms, now: watch.now },
    mechanism: knownMechanism(terms.mechanism)?.view,
  };
}

/** What a mechanism says of bytes that others wrote: nothing where they are none of its. */
export function ifReadable<T>(say: () => T): T | undefined {
  try {
    return say();
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}

/** What a task offers. */
export function offerOf(watch: NetworkWatch, task: WatchedTask): { text: string; table: ViewTable | null } {
  const { mechanism, moment } = taskMoment(watch, task);
  const { mechanismTerms } = moment;
  if (mechanism === undefined || mechanismTerms === undefined) {
    return { text: "terms of a mechanism that is not known here", table: null };
  }
  const table = ifReadable(() => mechanism.offers?.(mechanismTerms));
  return {
    text: ifReadable(() => mechanism.offer(mechanismTerms)) ?? "terms that cannot be read",
    table:
      table === undefined
        ? null
        : {
            columns: table.columns.map(({ header, align = "left" }) => ({ header, align })),
            rows: table.rows.map((row) => [...row]),
          },
  };
}
