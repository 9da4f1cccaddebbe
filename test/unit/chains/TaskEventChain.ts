import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { CursorStore } from "../../../chains/clients/Cursor.ts";
import type { Fold } from "../../../chains/clients/Fold.ts";
import { AT_ONCE } from "../../../chains/clients/finality.ts";
import type { Interest } from "../../../chains/clients/Interest.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";

/** Whatever there is, told as it comes. */
const ALL = { names: undefined } as unknown as Interest;

/** An event that a block is to have; its transaction is the same in whatever branch. */
export interface PlannedEvent {
  name: string;
  args: Record<string, unknown>;
  transactionHash: string;
}

interface Block {
  hash: string;
  events: readonly ChainEvent[];
}

/** A chain of events in memory, whose latest blocks can be replaced. */
export class TaskEventChain {
  /** Times that its events were asked for, with the names. */
  readonly asked: (readonly string[] | undefined)[] = [];
  /** What it was asked for: requests of events, blocks of which, events that it gave, and blocks' headers. */
  readonly read = { requests: 0, blocks: 0, events: 0, headers: 0 };
  readonly errors: unknown[] = [];
  /** Whether it answers nothing. */
  silent = false;
  readonly #confirmations: number;
  #blocks: Block[] = [{ hash: "block 0", events: [] }];
  #made = 0;

  /** @param confirmations - How many blocks are on top of a final one. */
  constructor(confirmations = 0) {
    this.#confirmations = confirmations;
  }

  /** The newest final block. */
  get final(): number {
    return Math.max(0, this.head - this.#confirmations);
  }

  get head(): number {
    return this.#blocks.length - 1;
  }

  /** Hashes of its blocks. */
  get hashes(): readonly string[] {
    return this.#blocks.map(({ hash }) => hash);
  }

  /** Events from a block on, in their order. */
  events(from = 0, to = this.head): ChainEvent[] {
    return this.#blocks.slice(from, to + 1).flatMap(({ events }) => events);
  }

  mine(events: readonly PlannedEvent[]): void {
    const blockNumber = this.#blocks.length;
    const placed = events.map((event, logIndex) => ({
      contract: "Test",
      address: "0x",
      ...event,
      blockNumber,
      logIndex,
    }));
    this.#blocks.push({ hash: `block ${++this.#made}`, events: placed as unknown as ChainEvent[] });
  }

  /** Takes the latest blocks back. */
  unwind(count: number): void {
    this.#blocks = this.#blocks.slice(0, Math.max(1, this.#blocks.length - count));
  }

  /** A client of it, whose clock never lets anything be kept by itself. */
  get client(): ChainClient {
    const client = {
      name: "test",
      clock: { now: () => -1 },
      rpc: {
        request: async (_: string, [tag]: [string]) => {
          if (this.silent) throw new RpcUnavailable("It does not answer.");
          this.read.headers++;
          const number = tag === "latest" ? this.head : Number(tag);
          const block = this.#blocks[number];
          if (block === undefined) return null;
          const parentHash = this.#blocks[number - 1]?.hash ?? "none";
          return { number, hash: block.hash, parentHash, timestamp: number };
        },
      },
      events: async (_: unknown, from: number, to: number, names?: readonly string[]) => {
        this.asked.push(names);
        const events = this.events(from, to).filter(({ name }) => names?.includes(name) ?? true);
        this.read.requests++;
        this.read.blocks += to - from + 1;
        this.read.events += events.length;
        return events;
      },
    };
    return client as unknown as ChainClient;
  }

  /** A follower that is polled by hand; its cursor goes on only by hand, too. */
  follow(interest?: Interest, blocksPerRequest = 5000, store?: CursorStore): ChainFollower {
    return new ChainFollower(
      this.client,
      [],
      {
        finality: AT_ONCE,
        blocksPerRequest,
        interest,
        cursor: store && { store, finality: { confirmations: this.#confirmations } },
      },
      { onError: (error) => this.errors.push(error) },
    );
  }

  /** A follower of final blocks for whoever folds them, polled by hand; what is folded is kept only by hand, too. */
  fold(
    fold: Fold<unknown>,
    take: (event: ChainEvent) => void,
    {
      blocksPerRequest = 5000,
      onRead = async () => {},
    }: { blocksPerRequest?: number; onRead?: () => Promise<void> } = {},
  ): ChainFollower {
    const follower = new ChainFollower(
      this.client,
      [],
      { finality: { confirmations: this.#confirmations }, blocksPerRequest, interest: ALL, fold },
      { onError: (error) => this.errors.push(error), onRead },
    );
    follower.subscribe(take);
    return follower;
  }
}
