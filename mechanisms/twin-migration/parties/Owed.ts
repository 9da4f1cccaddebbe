import { z } from "zod";

import { countSchema, migrationSchema } from "../market/ledgerState.ts";
import type { MarketEvent } from "../market/MarketLedger.ts";
import type { MarketPart } from "../market/MarketWatch.ts";

/** Who somebody is in a migration. */
const VEHICLE = 1;
const DESTINATION = 2;
const CLOUD = 4;

const owedSchema = z.strictObject({
  migrations: z.array(
    z.strictObject({ migration: migrationSchema, as: countSchema.max(7), isSettled: z.boolean() }),
  ),
});
/** What an Owed knows, in a file. */
export type OwedState = z.infer<typeof owedSchema>;

/**
 * Migrations of which a party is owed something, or may be once they are settled: from its part in them until it was paid,
 * or they were settled with nothing for it. A fold of the market's events.
 */
export class Owed implements MarketPart<OwedState> {
  readonly schema = owedSchema;
  readonly #own: string;
  readonly #known = new Map<bigint, { as: number; isSettled: boolean }>();
  /** Collected by this process, of which the chain has not told yet. */
  readonly #collected = new Set<bigint>();

  /** @param own - The party. */
  constructor(own: string) {
    this.#own = own;
  }

  /** Those that are settled, the first first, and how many are not. */
  get due(): { settled: readonly bigint[]; open: number } {
    const all = [...this.#known].filter(([migration]) => !this.#collected.has(migration));
    const settled = all.filter(([, { isSettled }]) => isSettled).map(([migration]) => migration);
    return { settled, open: all.length - settled.length };
  }

  /** This process has had them paid, or nothing is to be had of them: the chain tells the same later. */
  collected(migrations: readonly bigint[]): void {
    for (const migration of migrations) if (this.#known.has(migration)) this.#collected.add(migration);
  }

  add(event: MarketEvent): void {
    const own = this.#own;
    switch (event.name) {
      case "MigrationRequested":
        if (event.args.vehicle === own) this.#takePart(event.args.migration, VEHICLE);
        break;
      case "MigrationAccepted":
        if (event.args.destination === own) this.#takePart(event.args.migration, DESTINATION);
        if (event.args.cloud === own) this.#takePart(event.args.migration, CLOUD);
        break;
      case "MigrationSettled":
        this.#settle(event.args);
        break;
      case "ShareCollected":
        if (event.args.party === own) this.#forget(event.args.migration);
        break;
      default:
    }
  }

  state(): OwedState {
    return { migrations: [...this.#known].map(([migration, one]) => ({ migration, ...one })) };
  }

  restore(state: OwedState | undefined): void {
    this.#known.clear();
    this.#collected.clear();
    for (const { migration, ...one } of state?.migrations ?? []) this.#known.set(migration, one);
  }

  #takePart(migration: bigint, as: number): void {
    const before = this.#known.get(migration);
    this.#known.set(migration, { as: (before?.as ?? 0) | as, isSettled: false });
  }

  #settle(args: Extract<MarketEvent, { name: "MigrationSettled" }>["args"]): void {
    const known = this.#known.get(args.migration);
    if (known === undefined) return;
    const isOwed =
      ((known.as & VEHICLE) > 0 && args.refund + args.bondSlashed > 0n) ||
      // Who accepted has its bond back, or is paid.
      (known.as & DESTINATION) > 0 ||
      ((known.as & CLOUD) > 0 && args.toCloud > 0n);
    if (isOwed) this.#known.set(args.migration, { ...known, isSettled: true });
    else this.#forget(args.migration);
  }

  #forget(migration: bigint): void {
    this.#known.delete(migration);
    this.#collected.delete(migration);
  }
}
