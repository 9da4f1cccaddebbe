import type { KeySource } from "../chains/keys/KeySource.ts";
import type { Application } from "../chains/networks/Application.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { HealthSource } from "../protocol/PartHealth.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import type { MarketAudit } from "./MarketAudit.ts";
import type { MarketStatement } from "./MarketStatement.ts";
import type { MarketView } from "./MarketView.ts";

/** Something that a party tells, as it happens. */
export interface MarketEvent {
  readonly type: string;
}

/** What a party of a market is started with from outside. */
export interface MarketModules {
  storage: ContentStore;
  clock: Clock;
  listener: (event: MarketEvent) => void;
  /** Where its key is; the public development keys unless given. */
  keys?: KeySource;
}

/** Where a party of a market is started. */
export interface MarketPlace {
  network: NetworkFile;
  directory: string;
  policy?: string | undefined;
  /** Where a server of the party listens that others reach at a URL; at that URL unless given. */
  placeOf?: (url: string) => ListenPlace;
}

/** A party that runs. */
export interface RunningMarketParty {
  /** Resolves once it has nothing left to do by itself. */
  readonly done: Promise<void>;
  /** How it is; well as long as it runs unless given. */
  readonly health?: HealthSource;
  stop(): Promise<void>;
}

/** A party of a demo: a process with a key of its own. */
export interface DemoParty {
  /** For people, and for its directory. */
  readonly name: string;
  /** Which of the local keys of parties it has. */
  readonly key: number;
  /** What it starts with, wei of the network's token. */
  readonly tokens: bigint;
  /** Where others ask it, if they do. */
  readonly url?: string;
  /** Whether it ends by itself: the demo is over when all of those have. */
  readonly ends: boolean;
  /** What it knows, as JSON. */
  plan(startAtMs: number): Readonly<Record<string, unknown>>;
}

/** A market as a demo runs it. */
export interface PreparedDemo {
  /** In a sentence. */
  readonly about: string;
  /** When those have ended who end by themselves, by its schedule, Unix ms. */
  readonly endsAtMs: number;
  /** In the order in which they start. */
  readonly parties: readonly DemoParty[];
  /** A line for people about something that a party told; undefined for what is not worth one. */
  tell(party: DemoParty, event: MarketEvent): string | undefined;
  /** Whether a party has ended, by what it told. */
  isOver(event: MarketEvent): boolean;
  /** Whether there is still something to wait for once all have ended that end by themselves. */
  isQuiet(): boolean;
  /** What came of it: for machines and, a line each, for people; the map as SVG. */
  result(): { summary: Readonly<Record<string, unknown>>; lines: readonly string[]; map: string };
}

/** What a demo is asked to be. */
export interface AskedDemo {
  seed: number;
  /** A folder with a trace of real movements. */
  trace?: string | undefined;
  /** A file with a policy that was learned, by which those decide who can. */
  policy?: string | undefined;
  /** The subchains' names. */
  subchains: readonly string[];
  /** When its first step is, Unix ms. */
  startAtMs: number;
  /** Where the party is asked that is asked as the n-th, from 0. */
  urlOf(n: number): string;
  /** The address of a key. */
  addressOf(key: number): string;
}

/**
 * A market without training: no task is paid by it, so it is an application of its own on the chains, with parties that
 * are neither publishers nor workers (docs/architecture.md). A new one is a folder here, one in contracts/mechanisms/ and
 * a line in markets.ts.
 */
export interface Market {
  /** Its mechanism's name on the command line. */
  readonly name: string;
  /** Its contracts; by its name they are in the network file, and a network's configuration asks for them. */
  readonly application: Application;
  /**
   * Starts one party in this process.
   *
   * @param plan - What it knows, as JSON.
   * @param place - With `policy` a file by which it decides what can be learned.
   * @throws BaseError `PLAN_INVALID`; `OPTION_INVALID` of a policy for who decides nothing by one, and what reading it
   * throws; `PUBLIC_KEY_REFUSED` on chains that are not local.
   */
  join(plan: unknown, place: MarketPlace, modules: MarketModules): Promise<RunningMarketParty>;
  /** Reads a file with a policy that was learned, and nothing else, of a market that has such. @throws what is wrong with it. */
  checkPolicy?(file: string): Promise<void>;
  /** Its example. @throws BaseError `TRACE_UNKNOWN` and what reading a trace throws. */
  prepareDemo(asked: AskedDemo): PreparedDemo;
  /** What an audit re-derives of it. */
  readonly audit: MarketAudit;
  /** What it shows of itself on a page, of one that does. */
  readonly view?: MarketView;
  /** How it explains everybody's money. */
  readonly statement: MarketStatement;
}
