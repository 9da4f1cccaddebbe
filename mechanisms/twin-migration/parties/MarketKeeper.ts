import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { migrationEnums } from "../encodings.ts";
import { inTurn } from "../market/inTurn.ts";
import type { KnownMigration } from "../market/MarketLedger.ts";
import { MarketWatch } from "../market/MarketWatch.ts";
import type { PartyModules, RunningParty } from "./PartyModules.ts";
import type { KeeperPlan } from "./partyPlan.ts";

/** How often migrations are looked at, ms, and how many at a time. */
const LOOK_MILLISECONDS = 1000;
const AT_ONCE = 16;

/** Makes the calls that anyone may make once their time has come: cancels, expires, ends disputes. */
export class MarketKeeper implements RunningParty {
  readonly done = new Promise<void>(() => undefined);
  readonly #modules: PartyModules;
  readonly #watch: MarketWatch;
  readonly #account: ChainAccount;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(plan: KeeperPlan, modules: PartyModules, account: ChainAccount) {
    this.#modules = modules;
    this.#account = account;
    const { clients, directory } = modules;
    const kept = { directory, party: { role: plan.role, address: account.address } };
    this.#watch = new MarketWatch({ clients, kept, onError: (error) => this.#tell(error) });
  }

  /** @throws `PUBLIC_KEY_REFUSED` on chains that are not local. */
  static async start(plan: KeeperPlan, modules: PartyModules): Promise<MarketKeeper> {
    const account = await modules.clients.account(modules.clients.main.client.name, "party", plan.key);
    const keeper = new MarketKeeper(plan, modules, account);
    await keeper.#watch.begin();
    keeper.#running = inTurn(
      () => keeper.#look(),
      { signal: keeper.#stop.signal, milliseconds: LOOK_MILLISECONDS },
      { clock: modules.clock, onError: (error) => keeper.#tell(error) },
    );
    modules.listener({ type: "ready", role: plan.role, name: plan.name, address: account.address });
    return keeper;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watch.stop();
    await this.#running;
  }

  async #look(): Promise<void> {
    const open = [...this.#watch.ledger.migrations.values()].filter(({ outcome }) => outcome === undefined);
    for (let first = 0; first < open.length && !this.#stop.signal.aborted; first += AT_ONCE) {
      await Promise.all(open.slice(first, first + AT_ONCE).map((known) => this.#end(known)));
    }
  }

  async #end(known: KnownMigration): Promise<void> {
    const { market } = this.#watch;
    const { migration } = known;
    try {
      const expiresAt = Number(await market.read("expiresAt", [migration]));
      if (expiresAt === 0 || this.#modules.clock.now() < expiresAt * 1000) return;
      // As main has it now: what this keeper has heard may be older.
      const { status } = await market.read("migrationOf", [migration]);
      const was = migrationEnums.MigrationStatus[Number(status)]!.toLowerCase();
      if (was === "requested") await market.cancel(this.#account, migration);
      else await market.expire(this.#account, migration);
      this.#modules.listener({ type: "expired", migration: String(migration), was });
    } catch (error) {
      // Somebody else came first, or the chain's time is behind: it is looked at again.
      if (error instanceof BaseError && HARMLESS.has(error.code)) return;
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#modules.listener({ type: "trouble", error });
  }
}

const HARMLESS: ReadonlySet<string> = new Set(["WrongStatus", "NotOver", "ABORTED"]);
