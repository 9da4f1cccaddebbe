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

/** The market's events with their times: what all checks go by. */
export interface Chronicle {
  readonly market: readonly MarketTold[];
  /** Of each subchain, by chain id. */
  readonly hosts: ReadonlyMap<bigint, readonly HostsTold[]>;
  /** By number. */
  readonly migrations: ReadonlyMap<bigint, MigrationStory>;
  of<N extends MarketTold["name"]>(name: N): MarketTellings<N>[];
}

const known = new WeakMap<MarketEvidence, Promise<Chronicle>>();

/** Reads the chronicle of an evidence, once. */
export function chronicleOf(evidence: MarketEvidence): Promise<Chronicle> {
  const read = known.get(evidence) ?? readChronicle(evidence);
  known.set(evidence, read);
  return read;
}

async function readChronicle({ main, subchains }: MarketEvidence): Promise<Chronicle> {
  const market = (await timed(main, "TwinMarket")) as unknown as MarketTold[];
  const hosts = new Map<bigint, readonly HostsTold[]>();
  for (const chain of subchains) {
    hosts.set(chain.chainId, (await timed(chain, "TwinHosts")) as unknown as HostsTold[]);
  }
  const of = <N extends MarketTold["name"]>(name: N) =>
    market.filter((event): event is MarketTellings<N> => event.name === name);
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
  return { market, hosts, migrations, of };
}

async function timed(chain: MarketChain, contract: string): Promise<Timed[]> {
  const own = chain.events.filter((event) => event.contract === contract);
  return Promise.all(
    own.map(async (event) => ({ ...event, time: await chain.blockTime(event.blockNumber) })),
  );
}

/** Whether an event came before another on the same chain. */
export function cameBefore(a: ChainEvent<AnyEvent>, b: ChainEvent<AnyEvent>): boolean {
  return a.blockNumber < b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex < b.logIndex);
}
