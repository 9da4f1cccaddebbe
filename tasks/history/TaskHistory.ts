import { join } from "node:path";

import { decodeLog } from "../../chains/clients/ChainEvent.ts";
import { logFilterOf } from "../../chains/clients/logFilterOf.ts";
import { MainChain } from "../../chains/clients/MainChain.ts";
import { Subchain } from "../../chains/clients/Subchain.ts";
import type { NetworkClients } from "../../chains/networks/connectChains.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { foldTask } from "../view/foldTask.ts";
import type { TaskEvent } from "../view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../view/TaskView.ts";
import { keptLogs } from "./keptLogs.ts";

/** Reads tasks from their chains; what was read once is kept. */
export class TaskHistory {
  readonly #network: NetworkFile;
  readonly #clients: NetworkClients;
  readonly #directory: string;
  readonly #main: MainChain;

  /** @param directory - Where to keep what was read: the network's own. */
  constructor(network: NetworkFile, clients: NetworkClients, directory: string) {
    this.#network = network;
    this.#clients = clients;
    this.#directory = join(directory, "history");
    this.#main = new MainChain(clients.get(network.main.name)!, network.main);
  }

  /** A task as its chains tell it now: only its own events are read. */
  async task(task: bigint): Promise<TaskView> {
    const terms = await this.#main.termsOf(task);
    const subchains = this.#network.subchains
      .filter(({ chainId }) => terms.subchains.includes(BigInt(chainId)))
      .map((place) => new Subchain(this.#clients.get(place.name)!, place));
    const events = await Promise.all([
      this.#events(this.#main, task),
      ...subchains.map((subchain) => this.#events(subchain, task)),
    ]);
    return events.flat().reduce(foldTask, unheardTask(task, terms));
  }

  /** All tasks from the first as the main chain tells them, without what subchains know. */
  async tasks(): Promise<TaskView[]> {
    const events = await this.#events(this.#main);
    const byTask = Map.groupBy(events, ({ args }) => ("task" in args ? args.task : undefined));
    const views: TaskView[] = [];
    for (const event of events) {
      if (event.name !== "TaskPublished") continue;
      const { task } = event.args;
      views.push(byTask.get(task)!.reduce(foldTask, unheardTask(task, await this.#main.termsOf(task))));
    }
    return views;
  }

  async #events(chain: MainChain | Subchain, task?: bigint): Promise<TaskEvent[]> {
    const { client, place, contracts } = chain;
    const { chainId } = client;
    const logs = await keptLogs(client, {
      path: join(this.#directory, `${chainId}${task === undefined ? "" : `-task-${task}`}.json`),
      filters: [logFilterOf(contracts, task)],
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
