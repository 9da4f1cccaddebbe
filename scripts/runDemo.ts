import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { AggregatorService } from "../aggregators/AggregatorService.ts";
import { errorSentence } from "../audit/errorSentence.ts";
import { ChainAccount } from "../chains/clients/ChainAccount.ts";
import { ChainClient } from "../chains/clients/ChainClient.ts";
import { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { MainChain } from "../chains/clients/MainChain.ts";
import { localKey, localSigner } from "../chains/networks/localKeys.ts";
import type { NetworkConfig } from "../chains/networks/networkConfig.ts";
import { chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import { ComputePool } from "../learning/engine/ComputePool.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { systemClock } from "../protocol/Clock.ts";
import { publishTask } from "../tasks/publishTask.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import { messageCounts, type NetworkClients, type TaskSummary, taskSummary } from "../tasks/taskSummary.ts";
import { WorkerService } from "../workers/WorkerService.ts";
import type { WorkersConfig } from "../workers/workerConfig.ts";
import { KilledRelay } from "./KilledRelay.ts";
import { LocalNetwork } from "./LocalNetwork.ts";
import { Narrator } from "./Narrator.ts";
import { refundWhenDue } from "./refundWhenDue.ts";
import type { TaskData } from "./TaskData.ts";
import { formatTokens, type Terminal } from "./Terminal.ts";

/** How often the chains are asked whether everything was delivered, milliseconds. */
const ASK_MILLISECONDS = 200;

/** What the demo prints last, for machines. */
export interface DemoResult extends TaskSummary {
  chains: { role: string; chainId: number }[];
  messages: { sent: number; delivered: number };
  /** How often the relay was killed, with `--kill-relay`. */
  relayKills?: number;
  seconds: { total: number; training: number; chains: number };
}

/** A demo that has run and whose network is still up. */
export interface FinishedDemo {
  result: DemoResult;
  task: bigint;
  network: LocalNetwork;
  pool: ComputePool;
  stop(): Promise<void>;
}

/** The main job, end to end, on a local network of its own. */
export async function runDemo(
  inputs: {
    config: NetworkConfig;
    spec: TaskSpec;
    workers: WorkersConfig;
    /** Where data sets come from. */
    data: TaskData;
    /** Remove the network's directory at the end. */
    temporary: boolean;
    /** Run the relay in a process of its own, kill that at random moments and start it again. */
    killRelay?: boolean;
  },
  terminal: Terminal,
): Promise<FinishedDemo> {
  const { config, spec, workers, data, temporary, killRelay = false } = inputs;
  const clock = systemClock;
  const began = clock.now();
  const seconds = (from: number, to = clock.now()) => Math.round((to - from) / 100) / 10;
  const endings: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    for (const end of endings.reverse()) await end();
    endings.length = 0;
  };
  const narrator = new Narrator(terminal, { rounds: spec.rounds, clock: clock.now });
  try {
    terminal.status("starting the chains and deploying the contracts …");
    const network = await LocalNetwork.start(config, {
      onChainDied: (error) => terminal.warn(error.message),
    });
    endings.push(async () => {
      await network.stop();
      if (temporary) await rm(config.directory, { recursive: true, force: true });
    });
    const killed = killRelay ? killedRelay(network, spec.seed, terminal) : undefined;
    if (killed === undefined) await network.startRelay(narrator.onRelay);
    else endings.push(() => killed.stop());
    killed?.start();
    const chainSeconds = seconds(began);
    const places = chainsOf(network.file);
    terminal.done(
      `${places.length} chains are up and linked: ${places.map(({ name, chainId }) => `${name} ${chainId}`).join(", ")} (${chainSeconds} s)`,
    );

    const pool = new ComputePool({ threads: availableParallelism() });
    endings.push(() => pool.close());
    const { storage } = network;
    for (let index = 0; index < config.aggregators; index++) {
      const aggregator = await AggregatorService.start(network.file, index, {
        storage,
        pool,
        heldOutData: data.heldOutData,
        listener: narrator.onAggregator,
        clock,
      });
      endings.push(() => aggregator.stop());
    }
    const service = await WorkerService.start(
      network.file,
      { devices: workers.devices },
      { storage, pool, trainingData: data.trainingData, listener: narrator.onWorker, clock },
    );
    endings.push(() => service.stop());

    const clients = new Map<string, ChainClient>();
    for (const place of places) clients.set(place.name, await ChainClient.connect(place));
    endings.push(() => {
      for (const client of clients.values()) client.close();
    });
    const main = new MainChain(clients.get(network.file.main.name)!, network.file.main);
    const { finality } = network.file.main;
    const follower = new ChainFollower(
      main.client,
      main.contracts,
      { finality },
      { onError: (error) => terminal.warn(`reading the ${main.client.name} chain: ${errorSentence(error)}`) },
    );
    await follower.start();
    endings.push(() => follower.stop());
    const publisher = new ChainAccount(
      main.client,
      await localSigner(main.client.provider, main.client.url, "publisher"),
    );
    const { task, menu, terms, budget } = await publishTask(spec, {
      network: network.file,
      main,
      publisher,
      storage,
    });
    terminal.done(
      `task ${task} published: a menu of ${menu.length} items, ${formatTokens(budget)} tokens in escrow, ${spec.rounds} rounds in ${spec.schedule.epochSeconds} s`,
    );
    const { startTime, epochSeconds } = terms.schedule;
    narrator.start((startTime + epochSeconds) * 1000);

    const closed = await follower.first({ name: "TaskClosed", task });
    const trainingSeconds = seconds(
      startTime * 1000,
      (await main.client.blockTime(closed.blockNumber)) * 1000,
    );
    terminal.done(`training ended after ${closed.args.rounds} rounds; the epoch is being settled`);
    await refundWhenDue(main, publisher, task);
    narrator.stop();
    if (killed !== undefined) {
      killed.spare();
      await untilAllDelivered(network.file, clients);
      terminal.done(`the relay was killed ${killed.kills} times and started again`);
    }

    const types = new Map(
      workers.devices.flatMap(({ cost, twinCost }, i) => [
        [localKey("device", i).address, cost] as const,
        [localKey("twin", i).address, twinCost] as const,
      ]),
    );
    const typeOf = (worker: string) => {
      const n = menu.findIndex(({ cost }) => cost === types.get(worker));
      return n === -1 ? null : n + 1;
    };
    const summary = await taskSummary(network.file, clients, task, typeOf);
    const { escrow } = summary;
    terminal.done(
      `settled: ${formatTokens(BigInt(escrow.paid))} paid to ${summary.payments.length} workers, ${formatTokens(BigInt(escrow.refunded))} refunded`,
    );
    const result: DemoResult = {
      ...summary,
      chains: places.map(({ role, chainId }) => ({ role, chainId })),
      messages: await messageCounts(network.file, clients),
      ...(killed === undefined ? {} : { relayKills: killed.kills }),
      seconds: { total: seconds(began), training: trainingSeconds, chains: chainSeconds },
    };
    return { result, task, network, pool, stop };
  } catch (cause) {
    narrator.stop();
    await stop();
    throw cause;
  }
}

/** A relay that is killed at moments which the task's seed chooses. */
function killedRelay(network: LocalNetwork, seed: number, terminal: Terminal): KilledRelay {
  return new KilledRelay(["relay", "start", "--network", network.path], {
    random: new SeededRandom(seed, "kill-relay"),
    onTrouble: (error) => terminal.warn(error.message),
  });
}

/** Waits until every message that was sent has been delivered. */
async function untilAllDelivered(file: NetworkFile, clients: NetworkClients): Promise<void> {
  for (;;) {
    const { sent, delivered } = await messageCounts(file, clients);
    if (sent === delivered) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_MILLISECONDS));
  }
}
