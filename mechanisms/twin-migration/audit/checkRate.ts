import { counted } from "../../../reports/counted.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { chronicleOf } from "./Chronicle.ts";
import { NOWHERE, OUTCOMES, RULES } from "./rules.ts";

/**
 * The migration success rate is the simulator's: successes/(attempts + missed), of accepted migrations from one host to
 * another that ended, of those completed within the limit, and of twins that were lost; what the market has counted an
 * epoch follows from its events. Counts migrations.
 */
export async function checkRate(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const { main, network } = evidence;
  const chronicle = await chronicleOf(evidence);
  const epochs = new Map<number, { attempts: number; successes: number; missed: number; rejected: number }>();
  let ended = 0;
  for (const { requested, attested, settled } of chronicle.migrations.values()) {
    const { epoch, lost, source } = requested.args;
    const counts = epochs.get(epoch) ?? { attempts: 0, successes: 0, missed: 0, rejected: 0 };
    epochs.set(epoch, counts);
    const end = settled[0];
    if (end === undefined) continue;
    tally.count();
    ended++;
    const outcome = OUTCOMES[Number(end.args.outcome)];
    if (outcome === "Cancelled") counts.rejected++;
    else if (lost) counts.missed++;
    else if (source !== NOWHERE) {
      counts.attempts++;
      // What was completed in time, by the stamps and not by the outcome's name.
      const inTime = (attested.at(-1)?.args.latencyMs ?? RULES.latencyLimitMs + 1n) <= RULES.latencyLimitMs;
      if (outcome === "Completed" && inTime) counts.successes++;
    }
  }
  const sum = { attempts: 0, successes: 0, missed: 0, rejected: 0 };
  const address = network.main.contracts.applications.twins!;
  for (const [epoch, due] of epochs) {
    const told = await main.read<Record<keyof typeof due, number>>(
      migrationContracts.TwinMarket,
      address,
      "tallyOf",
      [epoch],
    );
    for (const name of ["attempts", "successes", "missed", "rejected"] as const) {
      tally.require(
        told[name] === due[name],
        `The market counts ${told[name]} ${name} in epoch ${epoch}; its events show ${due[name]}.`,
      );
    }
    sum.attempts += due.attempts;
    sum.successes += due.successes;
    sum.missed += due.missed;
    sum.rejected += due.rejected;
  }
  tally.note(rateNote(sum, { requested: chronicle.migrations.size, ended }));
}

/**
 * The rate in words; where there is none, why, as there may be migrations all the same.
 *
 * @param of - Migrations that were asked for, and those of them that ended.
 */
export function rateNote(
  sum: { attempts: number; successes: number; missed: number; rejected: number },
  { requested, ended }: { requested: number; ended: number },
): string {
  const { attempts, successes, missed, rejected } = sum;
  const all = attempts + missed;
  if (all > 0) {
    const rate = ((100 * successes) / all).toFixed(1);
    return `MSR ${rate} %: ${successes} of ${attempts} attempts and ${missed} missed.`;
  }
  if (requested === 0) return "No migration was asked for, so there is no rate.";
  const placed = ended - rejected;
  const open = requested - ended;
  const others = [
    ...(placed === 0 ? [] : [`${placed} brought a twin to its first host`]),
    ...(rejected === 0 ? [] : [`${rejected} ${rejected === 1 ? "was" : "were"} cancelled`]),
    ...(open === 0 ? [] : [`${open} ${open === 1 ? "has" : "have"} not ended`]),
  ];
  return `There is no rate: of ${counted(requested, "migration")} ${others.join(", ")}, and the rate is of those from one host to another.`;
}
