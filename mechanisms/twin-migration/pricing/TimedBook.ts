import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import type { MarketEvent } from "../market/MarketLedger.ts";
import type { MarketPart } from "../market/MarketWatch.ts";
import { type BookState, bookSchema, PublicBook } from "./PublicBook.ts";

/** How often a chain is asked for a block's time that did not tell it, ms. */
const ASK_MILLISECONDS = 500;

/** A public book of a market's events as they come, with the times of their blocks. */
export class TimedBook implements MarketPart<BookState> {
  readonly schema = bookSchema;
  readonly #book = new PublicBook();
  readonly #client: ChainClient;
  readonly #modules: { clock: Clock; signal: AbortSignal; onError: (error: unknown) => void };
  #times: Promise<void> = Promise.resolve();
  /** The last block whose time was told: its events come in a row. Of older ones other branches may have others. */
  #last: { block: number; time: number } | undefined;

  constructor(
    client: ChainClient,
    modules: { clock: Clock; signal: AbortSignal; onError: (error: unknown) => void },
  ) {
    this.#client = client;
    this.#modules = modules;
  }

  /** In the order of the events, as what counts for an epoch depends on when it was told. */
  add(event: MarketEvent): void {
    this.#times = this.#times
      .then(async () => {
        const time = PublicBook.isTimed(event) ? await this.#timeOf(event.blockNumber) : 0;
        this.#book.add(event, time);
      })
      .catch(this.#modules.onError);
  }

  /** Once it has all events that it was told. */
  async book(): Promise<PublicBook> {
    await this.#times;
    return this.#book;
  }

  async settled(): Promise<void> {
    await this.#times;
  }

  state(): BookState {
    return this.#book.state();
  }

  restore(state: BookState | undefined): void {
    this.#last = undefined;
    this.#book.restore(state);
  }

  /** When a block was; asked until the chain answers, as prices without one of the events would be others. */
  async #timeOf(blockNumber: number): Promise<number> {
    const { clock, signal, onError } = this.#modules;
    for (;;) {
      if (this.#last?.block === blockNumber) return this.#last.time;
      try {
        const { timestamp } = await this.#client.header(blockNumber);
        this.#last = { block: blockNumber, time: timestamp };
      } catch (error) {
        if (signal.aborted) throw error;
        onError(error);
        await clock.sleep(ASK_MILLISECONDS, signal);
      }
    }
  }
}
