import { z } from "zod";

import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { migrationContracts } from "../contracts.ts";
import { EventWatch, type SnapshotPlace } from "./EventWatch.ts";
import { type LedgerState, ledgerSchema } from "./ledgerState.ts";
import { MARKET_EVENTS, type MarketEvent, MarketLedger } from "./MarketLedger.ts";
import { waitSeconds } from "./marketTimes.ts";
import { TwinMarketClient } from "./TwinMarketClient.ts";

/** What parties read of the market: what tells its state, and who was paid. */
export const PARTY_EVENTS = [...MARKET_EVENTS, "ShareCollected"] as const;

/** Something else than the ledger that a party makes of the market's events, and of nothing else. */
export interface MarketPart<S> {
  /** Reads what it knows, of which bigints are decimal text. */
  readonly schema: z.ZodType<S>;
  add(event: MarketEvent): void;
  /** Once it has all events that it was told; at once unless given. */
  settled?(): Promise<void>;
  /** A copy of all that it knows. */
  state(): S;
  /** Knows what it knew before, and nothing else; nothing at all where nothing is given. */
  restore(state: S | undefined): void;
}

/** What a party works with that watches the market. */
export interface MarketWatchModules {
  clients: NetworkClients;
  /** Where what it knows is kept for its next start, and whose it is. */
  kept: SnapshotPlace;
  /** What the party makes of events beside the ledger, by name. */
  parts?: Readonly<Record<string, MarketPart<unknown>>>;
  /** Told of every event once the ledger and all parts have it. */
  take?: (event: MarketEvent) => void;
  /** Told when ledger and parts know again what they knew before, or begin anew with nothing. */
  restored?: () => void;
  onError: (error: unknown) => void;
}

/** What is known of the market, by ledger and parts. */
interface MarketState {
  ledger: LedgerState;
  parts: Record<string, unknown>;
}

/**
 * The market's events, folded into a ledger, and into whatever else a party makes of them, as they come. What was folded
 * is kept at final blocks: a party that is started again goes on from there.
 */
export class MarketWatch {
  readonly market: TwinMarketClient;
  readonly ledger = new MarketLedger();
  readonly events: EventWatch<typeof migrationContracts.TwinMarket>;
  readonly #parts: readonly (readonly [string, MarketPart<unknown>])[];
  readonly #restored: () => void;
  #messageSeconds: number | undefined;

  constructor({ clients, kept, parts = {}, take, restored, onError }: MarketWatchModules) {
    const { client, place } = clients.main;
    this.market = new TwinMarketClient(client, place);
    this.#parts = Object.entries(parts);
    this.#restored = restored ?? (() => undefined);
    const schemas = this.#parts.map(([name, { schema }]) => [name, schema] as const);
    this.events = new EventWatch({ client, place: this.market.market, names: PARTY_EVENTS }, place, {
      take: (event) => {
        this.ledger.add(event);
        for (const [, part] of this.#parts) part.add(event);
        take?.(event);
      },
      onRead: async () => {
        for (const [, part] of this.#parts) await part.settled?.();
      },
      onError,
      fold: {
        ...{ program: "market", clients, kept },
        schema: z.strictObject({ ledger: ledgerSchema, parts: z.strictObject(Object.fromEntries(schemas)) }),
        // It says how much of the past is remembered.
        prepare: async () => {
          await this.messageSeconds();
        },
        state: () => this.#state(),
        restore: (state) => this.#restore(state as MarketState | undefined),
      },
    });
  }

  async begin(): Promise<void> {
    await this.events.begin();
  }

  /** What the market adds to each of its waits for messages, seconds: the deployment's, for good. */
  async messageSeconds(): Promise<number> {
    this.#messageSeconds ??= Number(await this.market.read("MESSAGE_SECONDS", []));
    this.ledger.waitSeconds = waitSeconds("Requested", this.#messageSeconds);
    return this.#messageSeconds;
  }

  /** As {@link EventWatch.isWhole}. */
  get isWhole(): boolean {
    return this.events.isWhole;
  }

  /** As {@link EventWatch.untoldMilliseconds}. */
  get untoldMilliseconds(): number {
    return this.events.untoldMilliseconds;
  }

  /** As {@link EventWatch.until}, of what the ledger shows. */
  async until<T>(
    find: (ledger: MarketLedger) => T | undefined,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return this.events.until(() => find(this.ledger), milliseconds, signal);
  }

  async stop(): Promise<void> {
    await this.events.stop();
  }

  #state(): MarketState {
    const parts = this.#parts.map(([name, part]) => [name, part.state()] as const);
    return { ledger: this.ledger.state(), parts: Object.fromEntries(parts) };
  }

  #restore(state: MarketState | undefined): void {
    this.ledger.restore(state?.ledger);
    for (const [name, part] of this.#parts) part.restore(state?.parts[name]);
    this.#restored();
  }
}
