import { join } from "node:path";

import { AbiCoder } from "ethers";

import { type ChainClient, type ContractPlace, decodeLog } from "../../chains/clients/ChainClient.ts";
import type { MainChain } from "../../chains/clients/MainChain.ts";
import type { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import type { LogFilter } from "../../chains/rpc/logRange.ts";
import { contractInterfaces } from "../../protocol/contracts.ts";
import { foldTask } from "../view/foldTask.ts";
import type { TaskEvent } from "../view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../view/TaskView.ts";
import { keptLogs } from "./keptLogs.ts";

/** Reads tasks from their chains; what was read once is kept. */
export class TaskHistory {
  readonly #clients: NetworkClients;
  readonly #directory: string;
  readonly #main: MainChain;

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
    return events.flat().reduce(foldTask, unheardTask(task, terms));
  }

  /** All tasks from the first as the main chain tells them, without what subchains know. */
  async tasks(): Promise<TaskView[]> {
    const events = await this.#events(this.#main);
    const views: TaskView[] = [];
    for (const event of events) {
      if (event.name !== "TaskPublished") continue;
      const task = event.args.task as bigint;
      views.push(events.reduce(foldTask, unheardTask(task, await this.#main.termsOf(task))));
    }
    return views;
  }

  async #events(
    chain: { client: ChainClient; place: ChainPlace; contracts: ContractPlace[] },
    task?: bigint,
  ): Promise<TaskEvent[]> {
    const { client, place, contracts } = chain;
    const { chainId } = client;
    const logs = await keptLogs(client, {
      path: join(this.#directory, `${chainId}${task === undefined ? "" : `-task-${task}`}.json`),
      filters: [filterOf(contracts, task)],
      fromBlock: place.fromBlock,
    });
    const names = new Map(contracts.map(({ name, address }) => [address.toLowerCase(), name]));
    return logs.flatMap((log) => {
      const name = names.get(log.address.toLowerCase());
      const event = name === undefined ? undefined : decodeLog(contractInterfaces[name], log);
      return event === undefined ? [] : [{ ...event, chainId, time: log.time }];
    });
  }
}

/** Every event about a task has it as its first topic. */
function filterOf(contracts: readonly ContractPlace[], task?: bigint): LogFilter {
  const address = contracts.map((contract) => contract.address.toLowerCase());
  if (task === undefined) return { address };
  return { address, topics: [null, AbiCoder.defaultAbiCoder().encode(["uint256"], [task])] };
}
