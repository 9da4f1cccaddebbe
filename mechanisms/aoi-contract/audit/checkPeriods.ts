import type { AuditedTask, CheckTally } from "../../MechanismAudit.ts";
import { decodeTerms } from "../encodings.ts";

/** Every subchain's meter measures by the periods of the published menu. Counts periods. */
export async function checkPeriods(
  { task, mechanismTerms, meters }: AuditedTask,
  tally: CheckTally,
): Promise<void> {
  const published = decodeTerms(mechanismTerms).menu.map(({ period }) => period);
  for (const { chain, application, read } of await meters()) {
    const held = await read<readonly number[]>("periodsOf", application, task);
    tally.require(
      held.join() === published.join(),
      `The meter on ${chain} measures by ${text(held)}; ${text(published)} were published.`,
    );
    tally.count(held.length);
  }
}

function text(periods: readonly number[]): string {
  return periods.length === 0 ? "no periods" : `periods of ${periods.join(", ")} s`;
}
