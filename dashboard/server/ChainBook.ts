import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import type { PolicyEvent } from "../../mechanisms/MechanismStatement.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { taskOf } from "../../tasks/view/concernsTask.ts";
import { foldTask } from "../../tasks/view/foldTask.ts";
import type { TaskEvent } from "../../tasks/view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../../tasks/view/TaskView.ts";
import type { BookPlace, TimedEvent } from "./BookPlace.ts";
import { MOST_KEPT } from "./bounds.ts";
import { GatewayBook } from "./GatewayBook.ts";
import { happenedInWords } from "./happenedInWords.ts";

/** Something that happened to a task, in words. */
export interface Happened extends BookPlace {
  readonly text: string;
}

/** A movement of a task's account. */
export interface Movement extends BookPlace {
  readonly kind: "funded" | "paid" | "refunded";
  readonly who: string;
  readonly amount: bigint;
}

/** A task as one chain alone tells it, and what the core's view of it leaves out. */
export interface TaskPage {
  /** What this chain told; of the others nothing. */
  view: TaskView;
  /** The last that happened, the newest last. */
  readonly happened: Happened[];
  readonly movements: Movement[];
  /** Where claims were paid, by chain id and worker. */
  readonly claims: Map<string, BookPlace>;
  /** What its mechanism's policy told of it, on the main chain. */
  readonly policyEvents: PolicyEvent[];
  /** Its publication, on the main chain. */
  published: (BookPlace & { publisher: string; token: string }) | undefined;
  /** How much of it is kept: events. */
  weight: number;
}

/** What a book is of. */
export interface ChainBookOptions {
  chainId: bigint;
  /** Which contract manages tasks: the escrow's accounts are named by it. */
  manager: string;
  /** Of a task that is published; of subchains unset: they tell nothing of others. */
  termsOf?: (task: bigint) => TaskTerms | undefined;
}

/**
 * One chain's events, folded: its part of each task, its gateway, and what it holds against others. Of one branch only:
 * a branch that is replaced is folded anew, into another book.
 */
export class ChainBook {
  readonly chainId: bigint;
  readonly gateway: GatewayBook;
  /** By id, in the order in which they began here. */
  readonly tasks = new Map<bigint, TaskPage>();
  /** Chains that the relay chain holds a contradiction against, by chain id. */
  readonly frozen = new Map<bigint, BookPlace & { task: bigint }>();
  /** How many tasks are not kept any more. */
  dropped = 0;
  readonly #options: ChainBookOptions;
  #weight = 0;

  constructor(options: ChainBookOptions) {
    this.#options = options;
    this.chainId = options.chainId;
    this.gateway = new GatewayBook();
  }

  /**
   * Takes the next event of the chain.
   *
   * @returns The task that it is about, if it is about one.
   */
  add(event: TimedEvent): bigint | undefined {
    const place = { block: event.blockNumber, transaction: event.transactionHash, at: event.time };
    if (this.gateway.add(event, place)) return undefined;
    const own = event as unknown as ChainEvent & { time: number };
    switch (own.name) {
      case "ChainFrozen":
        this.frozen.set(own.args.chainId, { ...place, task: own.args.task });
        return undefined;
      case "ChainUnfrozen":
        this.frozen.delete(own.args.chainId);
        return undefined;
      default:
        return this.#addToTask({ ...own, chainId: this.chainId }, place);
    }
  }

  /**
   * Takes an event of a mechanism's policy on the main chain.
   *
   * @returns The task that it is about, where that is known.
   */
  addOfPolicy({ name, args }: TimedEvent): bigint | undefined {
    const { task, manager = this.#options.manager } = args;
    if (typeof task !== "bigint" || typeof manager !== "string") return undefined;
    const page = this.tasks.get(task);
    if (page === undefined || manager.toLowerCase() !== this.#options.manager.toLowerCase()) return undefined;
    page.policyEvents.push({ name, args });
    page.weight++;
    this.#weight++;
    return task;
  }

  /** Drops a task's details: it is old, and others need the room. */
  drop(task: bigint): void {
    const page = this.tasks.get(task);
    if (page === undefined) return;
    this.tasks.delete(task);
    this.#weight -= page.weight;
    this.dropped++;
  }

  /** How much is kept: events of tasks. */
  get weight(): number {
    return this.#weight;
  }

  #addToTask(event: TaskEvent, place: BookPlace): bigint | undefined {
    const { manager } = this.#options;
    const task = taskOf(event, manager);
    if (task === undefined) return undefined;
    let page = this.tasks.get(task);
    if (page === undefined) {
      const begun = this.#begin(task, event);
      if (begun === undefined) return undefined;
      page = begun;
      this.tasks.set(task, page);
    }
    const { args, name } = event;
    if (name === "TaskPublished") page.published = { ...place, publisher: args.publisher, token: args.token };
    if (name === "RewardClaimed") page.claims.set(`${args.chainId}/${args.worker}`, place);
    if (name === "Funded")
      page.movements.push({ ...place, kind: "funded", who: args.payer, amount: args.amount });
    if (name === "Paid")
      page.movements.push({ ...place, kind: "paid", who: args.payee, amount: args.amount });
    if (name === "Refunded") {
      page.movements.push({ ...place, kind: "refunded", who: args.payer, amount: args.amount });
    }
    page.view = foldTask(page.view, event);
    page.weight++;
    this.#weight++;
    const text = happenedInWords(event);
    if (text !== undefined) page.happened.push({ ...place, text });
    if (page.happened.length > MOST_KEPT.happened) page.happened.shift();
    return task;
  }

  /** A task's first event here; an event of one that is not kept any more begins none. */
  #begin(task: bigint, event: TaskEvent): TaskPage | undefined {
    const { chainId, manager, termsOf } = this.#options;
    // The escrow is funded in the transaction of the publication, before that is told.
    const begins = ["TaskPublished", "Funded", "TaskArrived"].includes(event.name);
    if (!begins) return undefined;
    const terms = termsOf === undefined ? subchainTerms(chainId) : termsOf(task);
    if (terms === undefined) return undefined;
    return {
      view: unheardTask(task, terms, manager),
      happened: [],
      movements: [],
      claims: new Map(),
      policyEvents: [],
      published: undefined,
      weight: 0,
    };
  }
}

/** Of a task's terms a subchain's fold looks at its own place among them only. */
function subchainTerms(chainId: bigint): TaskTerms {
  return { subchains: [chainId] } as unknown as TaskTerms;
}
