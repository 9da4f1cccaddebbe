import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { AnyEvent } from "../../../protocol/ContractAbi.ts";
import type { EventsOf } from "../../../protocol/contracts.ts";
import type { MarketChain, MarketEvidence } from "../../MarketAudit.ts";
import type { migrationContracts } from "../contracts.ts";

type Contracts = typeof migrationContracts;
type Told<C extends { name: string }> = Extract<EventsOf<C>, { name: string }>;

/** An event with the time of its block, Unix seconds. */
export type Timed<E extends AnyEvent = AnyEvent> = ChainEvent<E> & { readonly time: number };
export type MarketTold = Timed<Told<Contracts["TwinMarket"]>>;
export type HostsTold = Timed<Told<Contracts["TwinHosts"]>>;
export type MarketTellings<N extends MarketTold["name"]> = Extract<MarketTold, { name: N }>;
export type HostsTellings<N extends HostsTold["name"]> = Extract<HostsTold, { name: N }>;

/** All that the chains tell of one migration, in the order of main. */
export interface MigrationStory {
  readonly migration: bigint;
  readonly requested: MarketTellings<"MigrationRequested">;
  readonly accepted: MarketTellings<"MigrationAccepted"> | undefined;
  readonly attested: readonly MarketTellings<"MigrationAttested">[];
  readonly dropped: readonly MarketTellings<"AttestationDropped">[];
  readonly handedOver: readonly MarketTellings<"TwinHandedOver">[];
  readonly disputed: readonly MarketTellings<"MigrationDisputed">[];
  readonly settled: readonly MarketTellings<"MigrationSettled">[];
  readonly collected: readonly MarketTellings<"ShareCollected">[];
  /** All of it, in order. */
  readonly told: readonly MarketTold[];
}

/** Block times that are asked for at a time. */
const AT_ONCE = 16;

/**
 * The market's events with their times: what all checks go by. Whatever a check looks up it finds without a look at all
 * the others, so that an audit's work grows as the history does.
 */
export interface Chronicle {
  readonly market: readonly MarketTold[];
  /** Of each subchain, by chain id. */
  readonly hosts: ReadonlyMap<bigint, readonly HostsTold[]>;
  /** By number. */
  readonly migrations: ReadonlyMap<bigint, MigrationStory>;
  of<N extends MarketTold["name"]>(name: N): readonly MarketTellings<N>[];
  /** The first time that a server joined. */
  joined(server: string): MarketTellings<"ServerJoined"> | undefined;
  /** A server's offer for an epoch: the first, as the market takes no other. */
  offer(server: string, epoch: number): MarketTellings<"OfferPosted"> | undefined;
  /** Hand-overs of a vehicle's twin, as main heard of them. */
  handedOver(vehicle: string): readonly MarketTellings<"TwinHandedOver">[];
  /** What a subchain tells of a vehicle's twin. */
  hostsOf(chainId: bigint, vehicle: string): readonly HostsTold[];
}

const known = new WeakMap<MarketEvidence, Promise<Chronicle>>();

/** Reads the chronicle of an evidence, once. */
export function chronicleOf(evidence: MarketEvidence): Promise<Chronicle> {
  const read = known.get(evidence) ?? readChronicle(evidence);
  known.set(evidence, read);
  return read;
}

async function readChronicle({ main, subchains }: MarketEvidence): Promise<Chronicle> {
  const { market, migrations, of } = await storiesOf(main);
  const hosts = new Map<bigint, readonly HostsTold[]>();
  for (const chain of subchains) {
    hosts.set(chain.chainId, (await timed(chain, "TwinHosts")) as unknown as HostsTold[]);
  }
  const joined = firstBy(of("ServerJoined"), ({ args }) => args.server);
  const offers = firstBy(of("OfferPosted"), ({ args }) => `${args.server}/${args.epoch}`);
  const handedOver = Map.groupBy(of("TwinHandedOver"), ({ args }) => args.vehicle);
  const byVehicle = new Map(
    [...hosts].map(([chainId, told]) => [
      chainId,
      Map.groupBy(told, ({ args }) => ("vehicle" in args ? args.vehicle : "")),
    ]),
  );
  return {
    ...{ market, hosts, migrations, of },
    joined: (server) => joined.get(server),
    offer: (server, epoch) => offers.get(`${server}/${epoch}`),
    handedOver: (vehicle) => handedOver.get(vehicle) ?? [],
    hostsOf: (chainId, vehicle) => byVehicle.get(chainId)?.get(vehicle) ?? [],
  };
}

/** What the main chain alone tells of a market. */
export type MarketStories = Pick<Chronicle, "market" | "migrations" | "of">;

/** Reads what the main chain tells of all migrations. */
export async function storiesOf(main: MarketChain): Promise<MarketStories> {
  const market = (await timed(main, "TwinMarket")) as unknown as MarketTold[];
  const byName = Map.groupBy(market, ({ name }) => name);
  const of = <N extends MarketTold["name"]>(name: N) =>
    (byName.get(name) ?? []) as unknown as readonly MarketTellings<N>[];
  const byMigration = Map.groupBy(market, ({ args }) => ("migration" in args ? args.migration : undefined));
  const migrations = new Map(
    of("MigrationRequested").map((requested) => {
      const { migration } = requested.args;
      const told = byMigration.get(migration) ?? [];
      const own = <N extends MarketTold["name"]>(name: N) =>
        told.filter((event): event is MarketTellings<N> => event.name === name);
      const story: MigrationStory = {
        ...{ migration, requested, told, accepted: own("MigrationAccepted")[0] },
        ...{ attested: own("MigrationAttested"), dropped: own("AttestationDropped") },
        ...{ handedOver: own("TwinHandedOver"), disputed: own("MigrationDisputed") },
        ...{ settled: own("MigrationSettled"), collected: own("ShareCollected") },
      };
      return [migration, story] as const;
    }),
  );
  return { market, migrations, of };
}

function firstBy<T>(list: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const one of list) {
    const key = keyOf(one);
    if (!found.has(key)) found.set(key, one);
  }
  return found;
}

/** Each block's time is asked once, and a few at a time: a chain is asked by others too. */
async function timed(chain: MarketChain, contract: string): Promise<Timed[]> {
  const own = chain.events.filter((event) => event.contract === contract);
  const blocks = [...new Set(own.map(({ blockNumber }) => blockNumber))];
  const times = new Map<number, number>();
  for (let first = 0; first < blocks.length; first += AT_ONCE) {
    await Promise.all(
      blocks
        .slice(first, first + AT_ONCE)
        .map(async (block) => times.set(block, await chain.blockTime(block))),
    );
  }
  return own.map((event) => ({ ...event, time: times.get(event.blockNumber)! }));
}

/** Whether an event came before another on the same chain. */
export function cameBefore(a: ChainEvent<AnyEvent>, b: ChainEvent<AnyEvent>): boolean {
  return a.blockNumber < b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex < b.logIndex);
}
