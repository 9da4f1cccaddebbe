import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { EventsOf } from "../../../protocol/contracts.ts";
import type { migrationContracts } from "../contracts.ts";
import { type MigrationOutcome, migrationEnums, type ServerKind } from "../encodings.ts";

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
/** Offers of so many epochs before the running one are remembered at the least, and so many migrations, the latest. */
const REMEMBERED_EPOCHS = 3;
const REMEMBERED_MIGRATIONS = 4096;
const NOWHERE = `0x${"00".repeat(20)}`;
const DECAY_PPM = 980_000n;
const PPM = 1_000_000n;
const EPOCH_SECONDS = 100;

/** What anybody can know of the market: a fold of its events, which whoever starts anew reads again. */
export class MarketLedger {
  readonly servers = new Map<string, KnownServer>();
  readonly migrations = new Map<bigint, KnownMigration>();
  readonly hosts = new Map<string, KnownHost>();
  /** How long a request waits for its server, which looks at the offer that it was made by, seconds. */
  waitSeconds = 0;
  readonly #offers = new Map<string, KnownOffer>();
  #newestEpoch = 0;

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
    this.migrations.set(args.migration, {
      ...args,
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
        if (before !== undefined && before.migration > known.migration) break;
        const { destination: server, migration, kilobytes } = known;
        this.hosts.set(known.vehicle, { server, migration, kilobytes });
        break;
      }
      case "MigrationSettled":
        known.outcome = migrationEnums.MigrationOutcome[Number(event.args.outcome)] ?? "None";
        known.disputed = false;
        if (known.outcome === "Failed" || known.outcome === "Expired") this.#sell(known, -known.bought);
        break;
      default:
    }
  }
}

function keyOf(server: string, epoch: number): string {
  return `${server}/${epoch}`;
}
