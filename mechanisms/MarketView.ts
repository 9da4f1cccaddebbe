import type { ChainEvent } from "../chains/clients/ChainEvent.ts";
import type { AnyContract, AnyEvent } from "../protocol/ContractAbi.ts";

/** Where and when something of a market happened, on the main chain. */
export interface MarketPlaceInTime {
  readonly block: number;
  readonly transaction: string;
  /** Unix seconds. */
  readonly at: number;
}

/** Who serves in a market. Prices are micro-$/MB, volumes kB. */
export interface ShownServer {
  address: string;
  kind: "Edge" | "Cloud" | "None";
  chainId: bigint;
  joined: boolean;
  /** 0 to 1. */
  reputation: number;
  hosted: number;
  offer:
    | { epoch: number; theta: number; wholesale: number; own: number; capacity: number; taken: number }
    | undefined;
}

/** A move from one server to another. Amounts are micro-$: a wei each. */
export interface ShownMove {
  id: string;
  vehicle: string;
  from: string | undefined;
  to: string;
  kilobytes: number;
  escrow: bigint;
  state: "requested" | "accepted" | "handed-over" | "attested" | "disputed" | "settled";
  outcome: string | undefined;
  latencyMs: number | undefined;
  requested: MarketPlaceInTime;
  steps: (MarketPlaceInTime & { name: string })[];
  settled: { toProvider: bigint; refund: bigint; slashed: bigint } | undefined;
}

/** A market as its events show it. */
export interface ShownMarket {
  servers: readonly ShownServer[];
  vehicles: readonly { address: string; host: string | undefined; hostSince: number | undefined }[];
  /** The newest last. */
  moves: readonly ShownMove[];
}

/** Where things of a market are, metres, as whoever runs it plans it: chains do not know. */
export interface MarketMap {
  widthMetres: number;
  heightMetres: number;
  /** When step 0 is, Unix milliseconds, and how long a step takes. */
  startAtMs: number;
  stepMs: number;
  steps: number;
  /** How far a server reaches. */
  reachMetres: number;
  servers: readonly { address: string; name: string; kind: "Edge" | "Cloud"; x: number; y: number }[];
  vehicles: readonly { name: string; address: string; x: readonly number[]; y: readonly number[] }[];
}

/** Folds the events of a market's contract on the main chain. */
export interface MarketFold {
  add(event: ChainEvent<AnyEvent>, place: MarketPlaceInTime): void;
  show(): ShownMarket;
}

/** What a market shows of itself on a page. */
export interface MarketView {
  /** In a sentence. */
  readonly about: string;
  /** Its contract on the main chain, and the events that it is folded from. */
  readonly contract: AnyContract;
  readonly names: readonly string[];
  fold(): MarketFold;
  /**
   * Where things are, from the plans of parties that are on this machine.
   *
   * @param directory - Of the network: its parties' plans are in folders in it.
   * @returns undefined where there is none.
   */
  readMap(directory: string): Promise<MarketMap | undefined>;
}
