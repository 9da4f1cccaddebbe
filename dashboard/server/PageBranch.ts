import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import type { MarketFold } from "../../mechanisms/MarketView.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { taskOf } from "../../tasks/view/concernsTask.ts";
import type { TimedEvent } from "./BookPlace.ts";
import { ChainBook } from "./ChainBook.ts";
import type { FoldedBranch } from "./ChainFeed.ts";

/** Tasks whose terms are asked for at a time. */
const ASKED_AT_ONCE = 16;

/** What one branch of a chain is folded into: its book, and what markets have on it. */
export class PageBranch implements FoldedBranch {
  readonly book: ChainBook;
  /** By the market's name. */
  readonly markets: ReadonlyMap<string, MarketFold>;
  /** Markets of which something changed since it was last asked. */
  readonly changedMarkets = new Set<string>();
  readonly #marketOf: ReadonlyMap<string, string>;
  readonly #policies: ReadonlySet<string>;
  readonly #terms = new Map<bigint, TaskTerms>();
  readonly #readTerms: ((task: bigint) => Promise<TaskTerms>) | undefined;
  readonly #manager: string;
  readonly #onTask: (task: bigint) => void;

  /**
   * @param options - `readTerms`: of the main chain's tasks. `markets`: by name; `marketOf`: the market's name by the
   * name of its contract. `policies`: names of mechanisms' contracts that tell of tasks. `onTask`: told of each task that something happened to.
   */
  constructor(options: {
    chainId: bigint;
    manager: string;
    readTerms?: ((task: bigint) => Promise<TaskTerms>) | undefined;
    markets: ReadonlyMap<string, MarketFold>;
    marketOf: ReadonlyMap<string, string>;
    policies: ReadonlySet<string>;
    onTask: (task: bigint) => void;
  }) {
    const { chainId, manager, readTerms, markets, marketOf, policies, onTask } = options;
    this.#readTerms = readTerms;
    this.#manager = manager;
    this.#onTask = onTask;
    this.markets = markets;
    this.#marketOf = marketOf;
    this.#policies = policies;
    this.book = new ChainBook({
      ...{ chainId, manager },
      ...(readTerms === undefined ? {} : { termsOf: (task: bigint) => this.#terms.get(task) }),
    });
  }

  async prepare(events: readonly ChainEvent[]): Promise<void> {
    const read = this.#readTerms;
    if (read === undefined) return;
    const begun = events.flatMap((event) => {
      if (event.name !== "TaskPublished" && event.name !== "Funded") return [];
      const task = taskOf(event, this.#manager);
      const isKnown = task === undefined || this.#terms.has(task) || this.book.tasks.has(task);
      return isKnown ? [] : [task];
    });
    const asked = new Set(begun).values();
    const inTurn = async () => {
      for (const task of asked) this.#terms.set(task, await read(task));
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, inTurn));
  }

  add(event: TimedEvent): void {
    const name = this.#marketOf.get(event.contract);
    const market = name === undefined ? undefined : this.markets.get(name);
    if (name !== undefined && market !== undefined) {
      market.add(event, { block: event.blockNumber, transaction: event.transactionHash, at: event.time });
      this.changedMarkets.add(name);
      return;
    }
    const task = this.#policies.has(event.contract) ? this.book.addOfPolicy(event) : this.book.add(event);
    if (task === undefined) return;
    // The book has them in its view.
    if (event.name === "TaskPublished") this.#terms.delete(task);
    this.#onTask(task);
  }
}
