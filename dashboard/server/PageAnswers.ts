import type { Market } from "../../mechanisms/Market.ts";
import type { MarketMap } from "../../mechanisms/MarketView.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { writtenAddress } from "../../protocol/writtenAddress.ts";
import type { CompareView } from "../api/CompareView.ts";
import type { MarketReplay } from "../api/MarketView.ts";
import type { ServerFacts } from "../api/NetworkView.ts";
import type { TaskQuestion } from "../api/routes.ts";
import type { TaskRow } from "../api/TaskRow.ts";
import type { Paged } from "../api/values.ts";
import { type Answer, Answers } from "./Answers.ts";
import type { AuditDesk } from "./AuditDesk.ts";
import type { NetworkWatch, WatchedTask } from "./NetworkWatch.ts";
import { comparedTasks, messageQuestion, requireNames, taskId, taskQuestion } from "./readQuestion.ts";
import { comparedTask } from "./views/compareView.ts";
import { freshnessView } from "./views/freshnessView.ts";
import type { MessageDesk } from "./views/MessageDesk.ts";
import {
  marketReplay,
  marketsView,
  tradeMarketView,
  tradingNames,
  twinMarketView,
} from "./views/marketViews.ts";
import { moneyView } from "./views/moneyView.ts";
import { networkView } from "./views/networkView.ts";
import { statementsView, statementView } from "./views/statementViews.ts";
import { taskLive } from "./views/taskLive.ts";
import { taskRow } from "./views/taskRow.ts";

/** What answers are made of. */
export interface PageAnswersModules {
  watch: NetworkWatch;
  messages: MessageDesk;
  audits: AuditDesk;
  /** What of the server itself is told. */
  facts: () => ServerFacts;
  /** Where things of a market are, by the market's name. */
  maps: ReadonlyMap<string, MarketMap>;
  /** Markets that were recorded, by name. */
  replays: ReadonlyMap<string, MarketReplay>;
}

/** What the page's server answers, by path. */
export class PageAnswers {
  readonly #modules: PageAnswersModules;
  readonly #answers = new Answers();
  /** Rows of tasks as long as their task is the same. */
  readonly #rows = new Map<bigint, { stamp: string; row: TaskRow }>();

  constructor(modules: PageAnswersModules) {
    this.#modules = modules;
  }

  /**
   * Answers a path under /api, without its first part.
   *
   * @throws BaseError `NO_ROUTE`, `BAD_QUESTION`, `UNKNOWN_TASK`, `NOT_KEPT`, `UNKNOWN_MESSAGE_ID`, `UNKNOWN_MARKET`
   */
  answer(path: string, query: URLSearchParams): Answer {
    const { watch } = this.#modules;
    // Phases end without an event, and countdowns are of a second.
    const stamp = `${watch.version}/${watch.now}`;
    return this.#answers.answer(`${path}?${query}`, stamp, () => this.#make(path.split("/"), query));
  }

  /** A task as a list has it. */
  row(id: bigint): TaskRow | undefined {
    const { watch } = this.#modules;
    const task = watch.task(id);
    if (task === undefined) return undefined;
    const { view, version } = task;
    const isNamed = watch.specs.facts(view.terms.specDigest) !== undefined;
    // An open task's phase goes by the time.
    const stamp = `${version}/${isNamed}/${view.status === "Open" || view.endedAt !== undefined ? watch.now : ""}`;
    const known = this.#rows.get(id);
    if (known?.stamp === stamp) return known.row;
    const row = taskRow(watch, task);
    this.#rows.set(id, { stamp, row });
    return row;
  }

  #make([room, first, second, third, ...more]: string[], query: URLSearchParams): unknown {
    const { watch, messages, facts } = this.#modules;
    if (more.length > 0) throw noRoute();
    switch (room) {
      case "network":
        if (first !== undefined) throw noRoute();
        requireNames(query, []);
        return networkView(watch, messages, facts());
      case "tasks":
        if (first === undefined) return this.#tasks(taskQuestion(query));
        return this.#task(taskId(first), second, third, query);
      case "compare": {
        if (first !== undefined) throw noRoute();
        const tasks = comparedTasks(query).map((id) => comparedTask(watch, this.#require(id)));
        return { tasks } satisfies CompareView;
      }
      case "messages":
        if (first === undefined) return messages.list(messageQuestion(query));
        if (second !== undefined) throw noRoute();
        requireNames(query, []);
        return messages.line(messageId(first)) ?? unknownMessage(first);
      case "markets":
        if (third !== undefined) throw noRoute();
        requireNames(query, []);
        return first === undefined ? marketsView(watch) : this.#market(first, second);
      default:
        throw noRoute();
    }
  }

  #tasks({
    from = 0,
    limit = 50,
    order = "newest",
    status,
    mechanism,
    search,
  }: TaskQuestion): Paged<TaskRow> {
    const { watch } = this.#modules;
    const newest = watch.taskIds();
    const ids = order === "oldest" ? newest.reverse() : newest;
    if (this.#rows.size > 2 * ids.length + 100) this.#rows.clear();
    const low = search?.toLowerCase();
    const isAll = status === undefined && mechanism === undefined && low === undefined;
    const page = (fitting: readonly bigint[]) =>
      fitting.slice(from, from + limit).flatMap((id) => this.row(id) ?? []);
    if (isAll) return { total: ids.length, from, rows: page(ids), dropped: watch.droppedTasks };
    const fitting = ids.filter((id) => {
      const row = this.row(id);
      if (row === undefined) return false;
      if (status !== undefined && row.status !== status) return false;
      if (mechanism !== undefined && row.mechanism !== mechanism) return false;
      return low === undefined || row.taskId === low || (row.name ?? "").toLowerCase().includes(low);
    });
    return { total: fitting.length, from, rows: page(fitting), dropped: watch.droppedTasks };
  }

  #task(id: bigint, view: string | undefined, worker: string | undefined, query: URLSearchParams): unknown {
    const { watch, audits } = this.#modules;
    const task = this.#require(id);
    if (view === "statement" && worker !== undefined) {
      requireNames(query, ["chain"]);
      return statementView(watch, task, workerNamed(worker), query.get("chain") ?? undefined);
    }
    if (worker !== undefined) throw noRoute();
    requireNames(query, []);
    switch (view) {
      case undefined:
        return taskLive(watch, task);
      case "freshness":
        return freshnessView(watch, task);
      case "money":
        return moneyView(watch, task);
      case "statement":
        return statementsView(watch, task);
      case "audit":
        return audits.view(id);
      default:
        throw noRoute();
    }
  }

  #market(name: string, second: string | undefined): unknown {
    const { watch, maps, replays } = this.#modules;
    const market: Market | undefined = watch.markets.find((one) => one.name === name);
    if (second === "replay") {
      const recorded = replays.get(name);
      if (recorded !== undefined) return recorded;
      if (market !== undefined) return marketReplay(watch, market, maps.get(name));
    }
    if (second !== undefined && second !== "replay") throw noRoute();
    if (second === undefined && market !== undefined) return twinMarketView(watch, market, maps.get(name));
    if (second === undefined && tradingNames(watch).includes(name)) return tradeMarketView(watch, name);
    throw new BaseError("UNKNOWN_MARKET", "There is no such market in this network.", {
      next: "GET /api/markets lists those that there are.",
    });
  }

  #require(id: bigint): WatchedTask {
    const { watch } = this.#modules;
    const task = watch.task(id);
    if (task !== undefined) return task;
    if (watch.main.state.readUpTo === null || watch.main.state.connection === "reading") {
      throw new BaseError("NOT_READY", "The main chain is still being read.", {
        next: "Ask again in a moment.",
        retryable: true,
      });
    }
    const ids = watch.taskIds();
    const oldest = ids.at(-1);
    if (watch.droppedTasks > 0 && oldest !== undefined && id < oldest) {
      throw new BaseError("NOT_KEPT", `Task ${id} is not kept here any more, as many came after it.`, {
        next: `./freshet task show ${id} reads it from the chains.`,
      });
    }
    throw new BaseError("UNKNOWN_TASK", `There is no task ${id}.`, {
      next: "Look at the list of tasks for those that there are.",
    });
  }
}

/** What is asked for, and is nowhere. */
export function noRoute(): BaseError {
  return new BaseError("NO_ROUTE", "There is nothing at this address.", {
    next: "dashboard/api/routes.ts lists what there is.",
  });
}

function workerNamed(written: string): string {
  const read = writtenAddress(written);
  if ("address" in read) return read.address;
  throw new BaseError("BAD_QUESTION", `A worker is named by its address: ${read.why}.`);
}

function messageId(text: string): string {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new BaseError("BAD_QUESTION", "A message is named by its id, 32 bytes in hex.");
}

function unknownMessage(id: string): never {
  throw new BaseError("UNKNOWN_MESSAGE_ID", `There is no message ${id.slice(0, 12)}… here.`, {
    next: "Look at the list of messages for those that there are.",
  });
}
