import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { EventsOf } from "../../../protocol/contracts.ts";
import type { migrationContracts } from "../contracts.ts";
import { type MigrationOutcome, migrationEnums, type ServerKind } from "../encodings.ts";
import type { LedgerState } from "./ledgerState.ts";

/** An event of the market on the main chain. */
export type MarketEvent = ChainEvent<EventsOf<typeof migrationContracts.TwinMarket>>;

/** Events of the market that tell all of its state: what a ledger is made of. */
export const MARKET_EVENTS = [
  "ServerJoined",
  "ServerLeft",
  "OfferPosted",
  "ReputationChanged",
  "MigrationRequested",
  "MigrationAccepted",
  "MigrationAttested",
  "TwinHandedOver",
  "AttestationDropped",
  "MigrationDisputed",
  "MigrationSettled",
] as const;

/** A server as the market's events tell it. */
export interface KnownServer {
  readonly address: string;
  readonly kind: ServerKind;
  readonly chainId: bigint;
  readonly cloud: string;
  joined: boolean;
  /** Counts of its reputation, millionths, as of an epoch. */
  okPpm: bigint;
  badPpm: bigint;
  countedIn: number;
}

/** What a server offers for an epoch; volumes in kB. */
export interface KnownOffer {
  readonly server: string;
  readonly epoch: number;
  /** micro-$/MB. */
  readonly theta: number;
  readonly wholesale: number;
  readonly own: number;
  readonly capacity: number;
  /** Taken on so far, with what was sold to edges and is paid for or may be. */
  taken: number;
}

/** A migration that is under way, or of which something is left to do. */
export interface KnownMigration {
  readonly migration: bigint;
  readonly vehicle: string;
  readonly source: string;
  readonly destination: string;
  readonly epoch: number;
  readonly kilobytes: number;
  /** micro-$/MB. */
  readonly theta: number;
  /** micro-$. */
  readonly escrow: bigint;
  readonly lost: boolean;
  /** What the destination bought of its cloud for it, kB. */
  bought: number;
  accepted: boolean;
  attested: boolean;
  disputed: boolean;
  handedOver: boolean;
  latencyMs: bigint;
  outcome: MigrationOutcome | undefined;
}

/** Where a twin is, and how large it is said to be. */
export interface KnownHost {
  readonly server: string;
  readonly migration: bigint;
  readonly kilobytes: number;
}

/** Anybody may offer so many epochs ahead. */
const EPOCHS_AHEAD = 10;
/**
 * Offers of so many epochs before the running one are remembered at the least, and so many migrations that are under way or
 * were never handed over, the latest.
 */
const REMEMBERED_EPOCHS = 3;
const REMEMBERED_MIGRATIONS = 4096;
const NOWHERE = `0x${"00".repeat(20)}`;
const DECAY_PPM = 980_000n;
const PPM = 1_000_000n;
const EPOCH_SECONDS = 100;

/**
 * What anybody can know of the market: a fold of its events, and of nothing else.
 *
 * For good it keeps an entry a server that ever staked, as its reputation and its place in the game outlast its leaving,
 * and one a vehicle that was ever handed over: where its twin is counts in every epoch's prices, and main does not hear of
 * a twin that is dropped. All else is dropped once it can matter no more: offers by their epochs, migrations as
 * `#dropOver` says.
 */
export class MarketLedger {
  readonly servers = new Map<string, KnownServer>();
  readonly migrations = new Map<bigint, KnownMigration>();
  readonly hosts = new Map<string, KnownHost>();
  /** How long a request waits for its server, which looks at the offer that it was made by, seconds. */
  waitSeconds = 0;
  readonly #offers = new Map<string, KnownOffer>();
  #newestEpoch = 0;
  /** The number of the last migration that was requested. */
  #newest = 0n;
  /** Migrations as they were known before the fold began anew: whoever holds one goes on with it. */
  #before = new Map<bigint, KnownMigration>();

  /** Takes the next event of the chain. */
  add(event: MarketEvent): void {
    const { args } = event;
    switch (event.name) {
      case "ServerJoined": {
        const { server, kind, chainId, cloud } = event.args;
        const known = this.servers.get(server);
        if (known !== undefined) known.joined = true;
        else {
          const counts = { okPpm: 0n, badPpm: 0n, countedIn: 0 };
          const named = migrationEnums.ServerKind[Number(kind)] ?? "None";
          this.servers.set(server, { address: server, kind: named, chainId, cloud, joined: true, ...counts });
        }
        break;
      }
      case "ServerLeft": {
        const known = this.servers.get(event.args.server);
        if (known !== undefined) known.joined = false;
        break;
      }
      case "OfferPosted":
        this.#offer({ ...event.args, taken: 0 });
        break;
      case "ReputationChanged": {
        const known = this.servers.get(event.args.server);
        if (known === undefined) break;
        known.okPpm = event.args.okPpm;
        known.badPpm = event.args.badPpm;
        known.countedIn = event.args.epoch;
        break;
      }
      case "MigrationRequested":
        this.#request(event.args);
        break;
      case "MigrationAccepted":
        this.#accept(event.args);
        break;
      default:
        if ("migration" in args) this.#follow(event);
    }
  }

  /** A copy of all that it knows. */
  state(): LedgerState {
    return {
      newest: this.#newest,
      newestEpoch: this.#newestEpoch,
      servers: [...this.servers.values()].map((one) => ({ ...one })),
      offers: [...this.#offers.values()].map((one) => ({ ...one })),
      migrations: [...this.migrations.values()].map((one) => ({ ...one })),
      hosts: [...this.hosts].map(([vehicle, host]) => ({ vehicle, ...host })),
    };
  }

  /** Knows what it knew before, and nothing else; nothing at all where nothing is given. */
  restore(state: LedgerState | undefined): void {
    this.#before = new Map(this.migrations);
    for (const map of [this.servers, this.#offers, this.migrations, this.hosts]) map.clear();
    this.#newest = state?.newest ?? 0n;
    this.#newestEpoch = state?.newestEpoch ?? 0;
    for (const one of state?.servers ?? []) this.servers.set(one.address, one);
    for (const one of state?.offers ?? []) this.#offers.set(keyOf(one.server, one.epoch), one);
    for (const one of state?.migrations ?? []) this.#know({ ...one, outcome: one.outcome });
    for (const { vehicle, ...host } of state?.hosts ?? []) this.hosts.set(vehicle, host);
  }

  /** Whether a migration was requested and is settled: also one that is not remembered. */
  isOver(migration: bigint): boolean {
    const known = this.migrations.get(migration);
    return known === undefined ? migration <= this.#newest : known.outcome !== undefined;
  }

  /** A server's offer for an epoch, if it is remembered. */
  offer(server: string, epoch: number): KnownOffer | undefined {
    return this.#offers.get(keyOf(server, epoch));
  }

  /** The latest offer of a server before an epoch. */
  offerBefore(server: string, epoch: number): KnownOffer | undefined {
    const earlier = [...this.#offers.values()].filter((one) => one.server === server && one.epoch < epoch);
    return earlier.sort((a, b) => b.epoch - a.epoch)[0];
  }

  /** The mean of a server's Beta distribution in an epoch, in (0, 1). */
  reputation(server: string, epoch: number): number {
    const known = this.servers.get(server);
    if (known === undefined) return 0.5;
    let { okPpm: ok, badPpm: bad } = known;
    for (let left = epoch - known.countedIn; left > 0 && (ok > 0n || bad > 0n); left--) {
      ok = (ok * DECAY_PPM) / PPM;
      bad = (bad * DECAY_PPM) / PPM;
    }
    return Number(PPM + ok) / Number(2n * PPM + ok + bad);
  }

  /** Twins at a server, and those on their way to it: what it accepted. What is only requested anybody can write. */
  twinsAt(server: string): { hosted: number; coming: number } {
    let hosted = 0;
    for (const host of this.hosts.values()) if (host.server === server) hosted++;
    let coming = 0;
    for (const { destination, accepted, outcome, handedOver } of this.migrations.values()) {
      if (destination === server && accepted && outcome === undefined && !handedOver) coming++;
    }
    return { hosted, coming };
  }

  #offer(offer: KnownOffer): void {
    this.#newestEpoch = Math.max(this.#newestEpoch, offer.epoch);
    this.#offers.set(keyOf(offer.server, offer.epoch), offer);
    const waits = 1 + Math.ceil(this.waitSeconds / EPOCH_SECONDS);
    const remembered = EPOCHS_AHEAD + Math.max(REMEMBERED_EPOCHS, waits);
    for (const [key, { epoch }] of this.#offers) {
      if (epoch + remembered < this.#newestEpoch) this.#offers.delete(key);
    }
  }

  #request(args: Extract<MarketEvent, { name: "MigrationRequested" }>["args"]): void {
    if (args.migration > this.#newest) this.#newest = args.migration;
    const { migration: id, vehicle, source, destination, epoch, kilobytes, theta, escrow, lost } = args;
    this.#know({
      ...{ migration: id, vehicle, source, destination, epoch, kilobytes, theta, escrow, lost },
      bought: 0,
      accepted: false,
      attested: false,
      disputed: false,
      handedOver: false,
      latencyMs: 0n,
      outcome: undefined,
    });
    for (const [migration, { outcome }] of this.migrations) {
      if (this.migrations.size <= REMEMBERED_MIGRATIONS) break;
      if (outcome !== undefined) this.migrations.delete(migration);
    }
  }

  #know(migration: KnownMigration): void {
    const before = this.#before.get(migration.migration);
    const isSame = before !== undefined && before.vehicle === migration.vehicle;
    this.migrations.set(migration.migration, isSame ? Object.assign(before, migration) : migration);
    this.#before.delete(migration.migration);
  }

  /**
   * Drops migrations of a vehicle that are settled, and of which no hand-over can change anything: once it or a later one
   * of that vehicle was handed over, as main and subchains know hosts by the latest migration. What is settled and was not
   * handed over stays until then, as a subchain takes an order of it at any time.
   */
  #dropOver(vehicle: string): void {
    const host = this.hosts.get(vehicle);
    if (host === undefined) return;
    for (const [id, known] of this.migrations) {
      if (known.vehicle === vehicle && id <= host.migration && known.outcome !== undefined) {
        this.migrations.delete(id);
      }
    }
  }

  #accept(args: Extract<MarketEvent, { name: "MigrationAccepted" }>["args"]): void {
    const known = this.migrations.get(args.migration);
    if (known === undefined) return;
    known.accepted = true;
    const offer = this.offer(known.destination, known.epoch);
    if (offer !== undefined) offer.taken += known.kilobytes;
    known.bought = Number(args.bought);
    this.#sell(known, known.bought);
  }

  /** Counts what a cloud sold for a migration, or has back, kB. */
  #sell({ destination, epoch }: KnownMigration, kilobytes: number): void {
    const sold = this.offer(this.servers.get(destination)?.cloud ?? NOWHERE, epoch);
    if (sold !== undefined) sold.taken += kilobytes;
  }

  #follow(event: MarketEvent): void {
    if (!("migration" in event.args)) return;
    const known = this.migrations.get(event.args.migration);
    if (known === undefined) return;
    switch (event.name) {
      case "MigrationAttested":
        known.attested = true;
        known.latencyMs = event.args.latencyMs;
        break;
      case "AttestationDropped":
        known.attested = false;
        known.latencyMs = 0n;
        break;
      case "MigrationDisputed":
        known.disputed = true;
        break;
      case "TwinHandedOver": {
        known.handedOver = true;
        const before = this.hosts.get(known.vehicle);
        const { destination: server, migration, kilobytes } = known;
        if (before === undefined || before.migration < migration) {
          this.hosts.set(known.vehicle, { server, migration, kilobytes });
        }
        this.#dropOver(known.vehicle);
        break;
      }
      case "MigrationSettled":
        known.outcome = migrationEnums.MigrationOutcome[Number(event.args.outcome)] ?? "None";
        known.disputed = false;
        if (known.outcome === "Failed" || known.outcome === "Expired") this.#sell(known, -known.bought);
        this.#dropOver(known.vehicle);
        break;
      default:
    }
  }
}

function keyOf(server: string, epoch: number): string {
  return `${server}/${epoch}`;
}
