import type { TwinMigration } from "../../api/MarketView.ts";

/** A vehicle's twin at a time. */
export interface TwinAt {
  /** Where it is; null of one that is nowhere. */
  readonly host: string | null;
  /** The migration that is under way. */
  readonly moving: { readonly id: string; readonly to: string } | undefined;
  /** How its latest migration ended, and when. */
  readonly last: { readonly outcome: string; readonly to: string; readonly at: number } | undefined;
}

/** Outcomes after which the twin is where it was to go. */
const MOVED: ReadonlySet<string> = new Set(["Completed", "Late", "Resolved"]);

/** Whether a twin moved by a migration that ended so. */
export function hasMoved(outcome: string | null): boolean {
  return outcome !== null && MOVED.has(outcome);
}

/** When a migration ended, Unix seconds; undefined while it is under way. */
export function endOf({ outcome, steps }: TwinMigration): number | undefined {
  return outcome === null ? undefined : steps.at(-1)?.at;
}

/** What a migration is once an event of it was heard. */
const STATES: Readonly<Record<string, TwinMigration["state"]>> = {
  MigrationAccepted: "accepted",
  TwinHandedOver: "handed-over",
  MigrationAttested: "attested",
  MigrationDisputed: "disputed",
};

/** A migration as it was at a time from its request on: what came later is not told. @param at - Unix seconds. */
export function migrationAt(migration: TwinMigration, at: number): TwinMigration {
  const steps = migration.steps.filter((step) => step.at <= at);
  if (steps.length === migration.steps.length) return migration;
  const isAttested = steps.some(({ name }) => name === "MigrationAttested");
  return {
    ...migration,
    steps,
    state: steps.reduce<TwinMigration["state"]>((state, { name }) => STATES[name] ?? state, "requested"),
    outcome: null,
    settled: null,
    latencyMs: isAttested ? migration.latencyMs : null,
  };
}

/**
 * Where every vehicle's twin is at a time, by its migrations up to then.
 *
 * @param migrations - In the order in which they were requested.
 * @param at - Unix seconds.
 */
export function twinsAt(migrations: readonly TwinMigration[], at: number): ReadonlyMap<string, TwinAt> {
  const twins = new Map<string, TwinAt>();
  for (const migration of migrations) {
    const { vehicle, from, to, id, outcome, requested } = migration;
    const known = twins.get(vehicle) ?? { host: from, moving: undefined, last: undefined };
    if (requested.at > at) {
      twins.set(vehicle, known);
      continue;
    }
    const end = endOf(migration);
    if (end === undefined || end > at)
      twins.set(vehicle, { ...known, host: from ?? known.host, moving: { id, to } });
    else
      twins.set(vehicle, {
        host: hasMoved(outcome) ? to : known.host,
        moving: undefined,
        last: { outcome: outcome!, to, at: end },
      });
  }
  return twins;
}
