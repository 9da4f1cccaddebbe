import { join } from "node:path";
import { toBeHex, zeroPadValue } from "ethers";
import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import { decodeLog } from "../../chains/clients/ChainEvent.ts";
import { logFilterOf } from "../../chains/clients/logFilterOf.ts";
import type { MainChain } from "../../chains/clients/MainChain.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import type { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import type { LogFilter } from "../../chains/rpc/logRange.ts";
import { taskOf } from "../view/concernsTask.ts";
import { foldTask } from "../view/foldTask.ts";
import type { TaskEvent } from "../view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../view/TaskView.ts";
import { keptLogs } from "./keptLogs.ts";

/** Reads tasks from their chains; what was read once is kept. */
export class TaskHistory {
  readonly #clients: NetworkClients;
  readonly #directory: string;
  readonly #main: MainChain;

  get #manager(): string {
    return this.#main.place.contracts.applications.tasks;
  }

  /** @param directory - Where to keep what was read: the network's own. */
  constructor(clients: NetworkClients, directory: string) {
    this.#clients = clients;
    this.#directory = join(directory, "history");
    this.#main = clients.main;
  }

  /** A task as its chains tell it now: only its own events are read. */
  async task(task: bigint): Promise<TaskView> {
    const terms = await this.#main.termsOf(task);
    const subchains = this.#clients.subchains.filter(({ client }) =>
      terms.subchains.includes(client.chainId),
    );
    const events = await Promise.all([
      this.#events(this.#main, task),
      ...subchains.map((subchain) => this.#events(subchain, task)),
    ]);
    return events.flat().reduce(foldTask, unheardTask(task, terms, this.#manager));
  }

  /** All tasks from the first as the main chain tells them, without what subchains know. */
  async tasks(): Promise<TaskView[]> {
    const events = await this.#events(this.#main);
    const byTask = Map.groupBy(events, (event) => taskOf(event, this.#manager));
    const views: TaskView[] = [];
    for (const event of events) {
      if (event.name !== "TaskPublished") continue;
      const { task } = event.args;
      const unheard = unheardTask(task, await this.#main.termsOf(task), this.#manager);
      views.push(byTask.get(task)!.reduce(foldTask, unheard));
    }
    return views;
  }

  /** When each task was published, Unix seconds. */
  async publishedAt(): Promise<ReadonlyMap<bigint, number>> {
    const events = await this.#events(this.#main);
    return new Map(
      events.flatMap((event): [bigint, number][] =>
        event.name === "TaskPublished" ? [[event.args.task, event.time]] : [],
      ),
    );
  }

  async #events(chain: MainChain | Subchain, task?: bigint): Promise<TaskEvent[]> {
    const { client, place, contracts } = chain;
    const { chainId } = client;
    const logs = await keptLogs(client, {
      path: join(this.#directory, `${chainId}${task === undefined ? "" : `-task-${task}`}.json`),
      filters: task === undefined ? [logFilterOf(contracts)] : filtersOf(contracts, task, this.#manager),
      fromBlock: place.fromBlock,
    });
    const byAddress = new Map(contracts.map(({ contract, address }) => [address.toLowerCase(), contract]));
    return logs.flatMap((log) => {
      const contract = byAddress.get(log.address.toLowerCase());
      const event = contract && decodeLog(contract, log);
      return event === undefined ? [] : [{ ...event, chainId, time: log.time }];
    });
  }
}

/** The events about a task have it as their first topic, those of its account the task manager and it. */
function filtersOf(places: readonly ContractPlace[], task: bigint, manager: string): LogFilter[] {
  const isEscrow = ({ contract }: ContractPlace) => contract.name === "RewardEscrow";
  const others = logFilterOf(
    places.filter((place) => !isEscrow(place)),
    task,
  );
  const escrows = places.filter(isEscrow);
  if (escrows.length === 0) return [others];
  const account = [null, zeroPadValue(manager, 32), toBeHex(task, 32)];
  return [others, { ...logFilterOf(escrows), topics: account }];
}
