import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { migrationContracts } from "../contracts.ts";
import { EventWatch } from "./EventWatch.ts";
import { MARKET_EVENTS, type MarketEvent, MarketLedger } from "./MarketLedger.ts";
import { waitSeconds } from "./marketTimes.ts";
import { TwinMarketClient } from "./TwinMarketClient.ts";

/** The market's events, folded into a ledger as they come. */
export class MarketWatch {
  readonly market: TwinMarketClient;
  readonly ledger = new MarketLedger();
  readonly #events: EventWatch<typeof migrationContracts.TwinMarket>;
  #messageSeconds: number | undefined;

  /** @param take - Told of every event once the ledger has it. */
  constructor(
    clients: NetworkClients,
    onError: (error: unknown) => void,
    take: (event: MarketEvent) => void = () => undefined,
  ) {
    const { client, place } = clients.main;
    this.market = new TwinMarketClient(client, place);
    this.#events = new EventWatch(
      { client, place: this.market.market, names: MARKET_EVENTS },
      place,
      (event) => {
        this.ledger.add(event);
        take(event);
      },
      onError,
    );
  }

  async begin(): Promise<void> {
    // Before the past is read, of which it says how much is remembered. A chain that does not answer is asked again.
    await this.messageSeconds().catch(() => undefined);
    await this.#events.begin();
  }

  /** What the market adds to each of its waits for messages, seconds: the deployment's, for good. */
  async messageSeconds(): Promise<number> {
    this.#messageSeconds ??= Number(await this.market.read("MESSAGE_SECONDS", []));
    this.ledger.waitSeconds = waitSeconds("Requested", this.#messageSeconds);
    return this.#messageSeconds;
  }

  /** As {@link EventWatch.untoldMilliseconds}. */
  get untoldMilliseconds(): number {
    return this.#events.untoldMilliseconds;
  }

  /** As {@link EventWatch.until}, of what the ledger shows. */
  async until<T>(
    find: (ledger: MarketLedger) => T | undefined,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return this.#events.until(() => find(this.ledger), milliseconds, signal);
  }

  async stop(): Promise<void> {
    await this.#events.stop();
  }
}
