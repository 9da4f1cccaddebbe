import type { ChainClient } from "../chains/clients/ChainClient.ts";
import type { ChainEvent } from "../chains/clients/ChainEvent.ts";
import { systemClock } from "../protocol/Clock.ts";

/** Of a block of a history, or a transaction, by its number. */
export function hashOf(number: number): string {
  return `0x${number.toString(16).padStart(64, "0")}`;
}

/** A chain with a long history that takes no memory: what is in a block follows from its number. */
export abstract class LongHistory {
  head = 0;
  /** What was asked of it. */
  read = { requests: 0, blocks: 0, events: 0, times: 0 };
  readonly #secondsABlock: number;

  constructor(secondsABlock = 1) {
    this.#secondsABlock = secondsABlock;
  }

  /** The events of a block, in their order. */
  protected abstract eventsOf(block: number): Iterable<ChainEvent>;

  get client(): ChainClient {
    const client = {
      name: "history",
      blockSeconds: 0,
      clock: { ...systemClock, now: () => -1 },
      rpc: { request: async (_: string, [tag]: [string]) => this.#header(tag) },
      events: async (_: unknown, from: number, to: number) => {
        const events: ChainEvent[] = [];
        for (let block = from; block <= to; block++)
          for (const event of this.eventsOf(block)) events.push(event);
        this.read.requests++;
        this.read.blocks += to - from + 1;
        this.read.events += events.length;
        return events;
      },
      header: async (block: number) => {
        this.read.times++;
        return { timestamp: block * this.#secondsABlock };
      },
    };
    return client as unknown as ChainClient;
  }

  #header(tag: string) {
    const number = tag === "latest" ? this.head : Number(tag);
    if (number > this.head) return null;
    return { number, hash: hashOf(number), parentHash: hashOf(number - 1), timestamp: number };
  }
}
