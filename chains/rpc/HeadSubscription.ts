import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";

/** Called when a chain may have a new block. */
export type HeadListener = () => void;

/** Options of a subscription. */
export interface HeadSubscriptionOptions {
  /** A WebSocket endpoint, `ws://` or `wss://`. */
  url: string;
  /** How long to wait after the first lost connection, milliseconds; doubles with each. */
  firstBackOffMilliseconds?: number;
  /** The most that doubles to, milliseconds. */
  lastBackOffMilliseconds?: number;
  /** How long it may be silent before it is asked for a sign of life, and then until it is given up, milliseconds. */
  silenceMilliseconds?: number;
  /** How often it tells of new blocks at the most, milliseconds: whoever announces them decides how many there are. */
  leastMilliseconds?: number;
}

/**
 * New blocks as an endpoint announces them (`eth_subscribe newHeads`): a hint to look now, never a source of truth.
 * Whoever listens polls as well, and the answers come from checked endpoints. A connection that closes or falls silent
 * is made again, ever later while it fails.
 */
export class HeadSubscription {
  readonly #options: Required<HeadSubscriptionOptions>;
  readonly #clock: Clock;
  readonly #open: (url: string) => WebSocket;
  readonly #listeners = new Set<HeadListener>();
  readonly #closing = new AbortController();
  #running = false;
  /** When it told last, Unix milliseconds, and whether it is about to tell again. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #isAboutToTell = false;

  constructor(
    options: HeadSubscriptionOptions,
    modules: { clock: Clock; open?: (url: string) => WebSocket },
  ) {
    this.#options = {
      firstBackOffMilliseconds: 500,
      lastBackOffMilliseconds: 30_000,
      silenceMilliseconds: 30_000,
      leastMilliseconds: 50,
      ...options,
    };
    this.#clock = modules.clock;
    this.#open = modules.open ?? ((url) => new WebSocket(url));
  }

  /**
   * Calls `listener` whenever there may be a new block; the first one opens the connection.
   *
   * @returns A function that ends the subscription.
   */
  onHead(listener: HeadListener): () => void {
    this.#listeners.add(listener);
    if (!this.#running && !this.#closing.signal.aborted) {
      this.#running = true;
      void this.#run();
    }
    return () => this.#listeners.delete(listener);
  }

  /** Ends the connection for good. */
  close(): void {
    this.#closing.abort();
    this.#listeners.clear();
  }

  async #run(): Promise<void> {
    const { firstBackOffMilliseconds, lastBackOffMilliseconds } = this.#options;
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const worked = await this.#follow();
      failures = worked ? 1 : failures + 1;
      const wait = backOff({ first: firstBackOffMilliseconds, last: lastBackOffMilliseconds }, failures);
      await this.#clock.sleep(wait, this.#closing.signal);
    }
  }

  /** One connection, until it ends; whether its subscription had come about. */
  async #follow(): Promise<boolean> {
    const ended = new AbortController();
    const end = () => ended.abort();
    let socket: WebSocket;
    try {
      socket = this.#open(this.#options.url);
    } catch {
      // Not a WebSocket URL: polling goes on without it.
      return false;
    }
    let heard = 0;
    let subscribed = false;
    const ask = (id: number, method: string, params: string[]) => {
      try {
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      } catch {
        end();
      }
    };
    socket.addEventListener("open", () => ask(1, "eth_subscribe", ["newHeads"]));
    socket.addEventListener("message", ({ data }) => {
      heard++;
      const { id, result, method } = parse(data);
      if (id === 1) {
        // Without a subscription the connection is of no use.
        if (typeof result !== "string") return end();
        subscribed = true;
        // Blocks may have come while there was no connection.
        this.#tell();
      } else if (method === "eth_subscription") this.#tell();
    });
    socket.addEventListener("close", end);
    socket.addEventListener("error", end);
    this.#closing.signal.addEventListener("abort", end, { once: true });
    await this.#watch(ended.signal, { heard: () => heard, ask: () => ask(2, "eth_blockNumber", []) });
    this.#closing.signal.removeEventListener("abort", end);
    socket.close();
    return subscribed;
  }

  /** Resolves when the connection has ended, or said nothing even when asked. */
  async #watch(ended: AbortSignal, connection: { heard: () => number; ask: () => void }): Promise<void> {
    let asked = false;
    while (!ended.aborted) {
      const before = connection.heard();
      await this.#clock.sleep(this.#options.silenceMilliseconds, ended);
      if (ended.aborted) return;
      const silent = connection.heard() === before;
      if (silent && asked) return;
      asked = silent;
      if (silent) connection.ask();
    }
  }

  #tell(): void {
    if (this.#isAboutToTell) return;
    const wait = this.#toldAt + this.#options.leastMilliseconds - this.#clock.now();
    if (wait <= 0) {
      this.#tellNow();
      return;
    }
    this.#isAboutToTell = true;
    void this.#clock.sleep(wait, this.#closing.signal).then(() => {
      this.#isAboutToTell = false;
      this.#tellNow();
    });
  }

  #tellNow(): void {
    this.#toldAt = this.#clock.now();
    for (const listener of [...this.#listeners]) listener();
  }
}

function parse(data: unknown): { id?: unknown; result?: unknown; method?: unknown } {
  try {
    return (JSON.parse(String(data)) as object | null) ?? {};
  } catch {
    return {};
  }
}
