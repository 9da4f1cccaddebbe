import type { Place, Seconds, Wei } from "./values.ts";

/** The network as the file and the chains tell it. */
export interface NetworkView {
  /** What this server is. */
  server: ServerFacts;
  /** Main, relay, then the subchains. */
  chains: ChainView[];
  /** Each way between two chains, by the chain that delivers. */
  routes: RouteView[];
  storage: string[];
  /** By the network file: who may attest, and where it gives receipts. */
  aggregators: { address: string; url: string }[];
  /** By the network file: who vouches for chains, and where it publishes signatures. */
  validators: { address: string; url: string }[];
  /** Mechanisms that have a policy on the main chain, and markets that have a contract, by name. */
  mechanisms: string[];
  markets: string[];
  totals: NetworkTotals;
}

/** What a server may do, and since when it reads. */
export interface ServerFacts {
  version: string;
  /** By the server's clock, when it began. */
  startedAt: Seconds;
  /** By the server's clock, now: countdowns go by it and `ChainView.clockLagSeconds`. */
  now: Seconds;
  /** Whether `POST …/audit` is allowed, and whether trainings may be repeated. */
  allowsAudits: boolean;
  allowsReExecution: boolean;
  /** How many look on at the moment, and at the most. */
  viewers: number;
  mostViewers: number;
}

/** How the server reads a chain. */
export type Connection =
  /** Everything up to its last final block is read. */
  | "following"
  /** Answers, and is being read for the first time; `readUpTo` of how many says how far. */
  | "reading"
  /** Does not answer; what is shown of it is of before. */
  | "disconnected"
  /** Replaced blocks that had been read: all of it is being read again, and what is shown is of before. */
  | "rereading";

/** A chain. */
export interface ChainView {
  name: string;
  role: "main" | "relay" | "virtual" | "physical";
  chainId: number;
  /** Its first endpoint, without keys. */
  url: string;
  connection: Connection;
  /** Since when the connection is so, by the server's clock. */
  since: Seconds;
  /** What went wrong last, when it is disconnected: what happened and what to do. */
  trouble: { message: string; next: string | null } | null;
  /** Its newest block; null before the first answer. */
  head: BlockView | null;
  /** Its newest final block; null while there is none. */
  final: BlockView | null;
  /** Up to which block its events are in what is shown. */
  readUpTo: number | null;
  /** When a block is final, in words, such as "final at once". */
  finality: string;
  /** Seconds from block to block; null of one that makes blocks as there are transactions. */
  blockSeconds: number | null;
  /** What the server's clock showed at the least when the newest block came, less that block's time, seconds. */
  clockLagSeconds: number | null;
  endpoints: {
    url: string;
    state: "unknown" | "up" | "down" | "wrong-chain";
    lagging: boolean;
    head: number | null;
    latencyMilliseconds: number | null;
    trouble: string | null;
  }[];
  contracts: { name: string; address: string }[];
  /** What the relay chain holds against this chain: it contradicted itself. Null while it does not. */
  frozen: { since: Place; task: string } | null;
  /** Branches that were replaced while this server read them, the latest last, at most 20. */
  replaced: ReplacedBranch[];
}

export interface BlockView {
  number: number;
  hash: string;
  at: Seconds;
}

/** Blocks that were read and are no longer in the chain. */
export interface ReplacedBranch {
  /** When that was found, by the server's clock. */
  foundAt: Seconds;
  /** Blocks above this one were replaced; null when that is not known. */
  above: number | null;
  /** Up to this one they had been read. */
  upTo: number | null;
}

/** The way from one chain to another, as the gateway of the latter has it. */
export interface RouteView {
  origin: string;
  destination: string;
  /** `paused` by a guardian, `frozen` after evidence that the origin's validators contradicted themselves. */
  state: "open" | "paused" | "frozen" | "unopened";
  /** Since when it is so: where it was opened, paused or frozen. Null when that was not heard. */
  since: Place | null;
  /** Who paused or froze it. */
  by: string | null;
  verifier: string | null;
  /** What proves a message: "checkpoint" or "header". */
  proofs: string;
  /** Who vouches for the origin here; null when that was not heard. */
  validators: { threshold: number; addresses: string[] } | null;
  /** A set that takes over at a time. */
  scheduled: { threshold: number; addresses: string[]; activeFrom: Seconds } | null;
  /** Messages that a route takes at once and a minute; null without a limit. */
  limit: { burst: number; perMinute: number } | null;
  messages: { sent: number; delivered: number; open: number; stuck: number };
}

/** Sums over all tasks, for the first line of the page. */
export interface NetworkTotals {
  tasks: number;
  open: number;
  workers: number;
  funded: Wei;
  paid: Wei;
  refunded: Wei;
}
