import type { Place, Seconds, Wei } from "./values.ts";

/** The markets of a network. */
export interface MarketsView {
  markets: { name: string; kind: MarketView["kind"]; about: string }[];
}

/** A market: one of models, whose trades are tasks, or one of twins, which has no task. */
export type MarketView = TradeMarketView | TwinMarketView;

/** Publishers that buy what workers learned, at prices a worker. */
export interface TradeMarketView {
  kind: "trade";
  name: string;
  /** Each a task, the newest last. */
  trades: TradeView[];
}

export interface TradeView {
  taskId: string;
  name: string | null;
  publisher: string;
  start: Seconds;
  end: Seconds;
  /** A posted price a worker, wei an IoM, whether it is taken or not; `chain` of those who took theirs. */
  offers: { worker: string; price: Wei; taken: boolean; chain: string | null }[];
  /** Who sold how much: a point a sale that was revealed. */
  sales: { worker: string; round: number; at: Seconds }[];
  /** What each series is over time, a line a worker: prices, sales and samples so far, IoM so far. */
  series: Series[];
}

/** Lines over time for a chart. */
export interface Series {
  name: string;
  /** Such as "wei/IoM" or "IoM". */
  unit: string;
  lines: { label: string; worker: string | null; points: [Seconds, number][] }[];
}

/** Vehicles, servers and twins that move between them. */
export interface TwinMarketView {
  kind: "twins";
  name: string;
  /** Where things are drawn; null when no setting was given: then the map shows who is with whom, not where. */
  map: TwinMap | null;
  servers: TwinServer[];
  vehicles: { address: string; name: string | null; host: string | null; hostSince: Seconds | null }[];
  /** The newest last, at most the last 2,000. */
  migrations: TwinMigration[];
  totals: {
    requested: number;
    completed: number;
    late: number;
    failed: number;
    expired: number;
    rejected: number;
    disputed: number;
    /** micro-$. */
    paid: Wei;
  };
}

/** Positions in metres, north up. */
export interface TwinMap {
  widthMetres: number;
  heightMetres: number;
  /** When step 0 is, Unix milliseconds, and how long a step takes. */
  startAtMs: number;
  stepMs: number;
  steps: number;
  coverageMetres: number;
  servers: { address: string; name: string; kind: "Edge" | "Cloud"; x: number; y: number }[];
  /** Where each vehicle is at each step, metres. */
  vehicles: { name: string; address: string | null; x: number[]; y: number[] }[];
}

export interface TwinServer {
  address: string;
  name: string | null;
  kind: "Edge" | "Cloud" | "None";
  chain: string;
  joined: boolean;
  /** Mean of its reputation, 0 to 1. */
  reputation: number;
  /** Twins that it hosts. */
  hosted: number;
  /** Its latest offer: prices micro-$/MB, volumes kB. */
  offer: {
    epoch: number;
    theta: number;
    wholesale: number;
    own: number;
    capacity: number;
    taken: number;
  } | null;
}

export interface TwinMigration {
  id: string;
  vehicle: string;
  /** Null of a twin that had no host. */
  from: string | null;
  to: string;
  kilobytes: number;
  /** micro-$. */
  escrow: string;
  state: "requested" | "accepted" | "handed-over" | "attested" | "disputed" | "settled";
  /** How it ended; null before. */
  outcome: "Completed" | "Late" | "Failed" | "Expired" | "Rejected" | "Disputed" | "Resolved" | string | null;
  /** Milliseconds; null before it is attested. */
  latencyMs: number | null;
  requested: Place;
  /** Its other events in their order. */
  steps: (Place & { name: string })[];
  /** micro-$: what its server got, the vehicle got back, and the server lost of its bond; null before. */
  settled: { toProvider: Wei; refund: Wei; slashed: Wei } | null;
}

/** A market that was recorded: what `/api/markets/NAME` answers at each moment of it. */
export interface MarketReplay {
  name: string;
  from: Seconds;
  until: Seconds;
  map: TwinMap | null;
  servers: TwinServer[];
  migrations: TwinMigration[];
}
