import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { KnownMigration } from "../market/MarketLedger.ts";
import type { MarketWatch } from "../market/MarketWatch.ts";
import type { PartyModules } from "./PartyModules.ts";

/** What happens when somebody else came first, or the chain's time is behind: it is looked at again. */
const HARMLESS: ReadonlySet<string> = new Set(["WrongStatus", "NotOver", "ABORTED"]);

/** What disputes work with. */
export interface DisputesParts {
  readonly watch: MarketWatch;
  readonly account: ChainAccount;
  readonly modules: Pick<PartyModules, "clock" | "listener">;
  readonly nameOf: (server: string) => string;
}

/**
 * A vehicle's migrations that its server did not end as it saw them. The market has no call that says "it lied": a
 * completion whose stamps are apart is a dispute by itself; where the vehicle has nothing that it could sign, the
 * migration becomes one, or expires, by anybody's call once its time is over. That call, and the one that ends the
 * dispute, the vehicle makes itself: it need not trust that there is a keeper.
 */
export class Disputes {
  readonly #open = new Map<bigint, KnownMigration>();
  readonly #parts: DisputesParts;

  constructor(parts: DisputesParts) {
    this.#parts = parts;
  }

  /** Says that a server lied, and sees the migration to its end. */
  contest(known: KnownMigration, why: string): void {
    const { modules, nameOf } = this.#parts;
    const server = nameOf(known.destination);
    modules.listener({ type: "disputed", migration: String(known.migration), server, why });
    this.pursue(known);
  }

  /** Sees a migration to its end. */
  pursue(known: KnownMigration): void {
    this.#open.set(known.migration, known);
  }

  /** Whether a migration is contested or pursued. */
  has({ migration }: KnownMigration): boolean {
    return this.#open.has(migration);
  }

  /** Makes the calls whose time has come. @throws what a call throws that nobody else has made. */
  async look(): Promise<void> {
    const { watch, account, modules } = this.#parts;
    for (const [migration, known] of [...this.#open]) {
      if (known.outcome !== undefined) {
        this.#end(known);
        continue;
      }
      try {
        const expiresAt = Number(await watch.market.read("expiresAt", [migration]));
        if (expiresAt === 0 || modules.clock.now() < expiresAt * 1000) continue;
        await watch.market.expire(account, migration);
      } catch (error) {
        if (!(error instanceof BaseError && HARMLESS.has(error.code))) throw error;
      }
    }
  }

  #end(known: KnownMigration): void {
    const { modules } = this.#parts;
    this.#open.delete(known.migration);
    modules.listener({ type: "resolved", migration: String(known.migration), outcome: known.outcome! });
  }
}
