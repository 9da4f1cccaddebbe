import { getAddress, id } from "ethers";

import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { encodeChoice, encodeTerms, encodeWork } from "../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { encodeMessage, messageId } from "../../protocol/messages.ts";
import { interfaceOf, ScriptedChain, type ScriptedEvent } from "./ScriptedChain.ts";

/** Addresses of the contracts, the same on each chain. */
const AT = {
  gateway: addressOf("gateway"),
  verifier: addressOf("verifier"),
  tasks: addressOf("tasks"),
  escrow: addressOf("escrow"),
  policy: addressOf("policy"),
  token: addressOf("token"),
  registry: addressOf("registry"),
  meter: addressOf("meter"),
} as const;
const PUBLISHER = addressOf("publisher");
const AGGREGATOR = addressOf("aggregator");
const UNIT = 10n ** 18n;
const DIGEST = id("a file");

/** When tasks of the script begin, Unix seconds, and how long their epochs are: those are just over. */
export const SCRIPT = { startTime: Math.floor(Date.now() / 1000) - 100, epochSeconds: 60 } as const;

/** An address that follows from a name. */
export function addressOf(name: string): string {
  return getAddress(`0x${id(name).slice(-40)}`);
}

/**
 * A network of three scripted chains: main, relay and one subchain, whose tasks and messages are made up as a script
 * says. What a follower reads of it is what it would read of chains; nothing of it is computed by contracts.
 */
export class ScriptedNetwork {
  readonly main: ScriptedChain;
  readonly relay = new ScriptedChain(51_402);
  readonly virtual = new ScriptedChain(51_403);
  #tasks = 0n;
  #nonces = new Map<ScriptedChain, number>();
  /** Time of the newest blocks, Unix seconds. */
  time: number = Math.floor(Date.now() / 1000) - 10;

  constructor() {
    const manager = interfaceOf(contracts.TaskManager);
    this.main = new ScriptedChain(51_401, (_, data) => {
      const call = manager.parseTransaction({ data });
      return call?.name === "termsOf" ? manager.encodeFunctionResult("termsOf", [termsOf()]) : undefined;
    });
  }

  get chains(): ScriptedChain[] {
    return [this.main, this.relay, this.virtual];
  }

  get file(): NetworkFile {
    const place = (name: string, { chainId, url }: ScriptedChain) => ({
      ...{ name, chainId, url, fromBlock: 0, finality: { confirmations: 0 }, proofs: "checkpoint" as const },
    });
    const routing = { gateway: AT.gateway, verifier: AT.verifier, applications: { tasks: AT.tasks } };
    const policies = { "aoi-contract": AT.policy };
    return {
      version: 3,
      main: {
        ...place("main", this.main),
        role: "main",
        contracts: { ...routing, policies, escrow: AT.escrow, token: AT.token },
      },
      relay: { ...place("relay", this.relay), role: "relay", contracts: { ...routing, policies } },
      subchains: [
        {
          ...place("virtual", this.virtual),
          role: "virtual",
          contracts: { ...routing, registry: AT.registry, meters: { "aoi-contract": AT.meter } },
        },
      ],
      storage: { url: "http://127.0.0.1:9" },
      aggregators: [{ address: AGGREGATOR, url: "http://127.0.0.1:9" }],
      validators: [],
    };
  }

  async listen(): Promise<void> {
    await Promise.all(this.chains.map((chain) => chain.listen()));
  }

  async close(): Promise<void> {
    await Promise.all(this.chains.map((chain) => chain.close()));
  }

  /** Publishes a task. @returns Its number. */
  publish(): bigint {
    const task = ++this.#tasks;
    const manager = { contract: contracts.TaskManager, address: AT.tasks };
    const escrow = { contract: contracts.RewardEscrow, address: AT.escrow };
    this.#mine(this.main, [
      { ...escrow, name: "Funded", args: [AT.tasks, task, AT.token, PUBLISHER, 100n * UNIT] },
      {
        ...manager,
        name: "TaskPublished",
        args: [task, PUBLISHER, DIGEST, AT.token, 100n * UNIT, 90n * UNIT, mechanismTerms()],
      },
    ]);
    return task;
  }

  /** A whole task: workers that enrol, refresh, reveal and are paid, over some rounds. @returns Its number. */
  run({
    workers,
    refreshes,
    rounds,
    reward = UNIT + UNIT / 10n,
  }: {
    workers: number;
    refreshes: number;
    rounds: number;
    /** What each is paid, wei: R for the whole epoch and all rounds, and the bonus, unless given. */
    reward?: bigint;
  }): bigint {
    const task = this.publish();
    const subchain = { contract: contracts.LearningSubchain, address: AT.tasks };
    const on = (name: string, ...args: unknown[]): ScriptedEvent => ({ ...subchain, name, args });
    const names = Array.from({ length: workers }, (_, i) => addressOf(`worker ${i}`));
    const choice = encodeChoice({ item: 0 });
    this.#mine(this.virtual, [
      on("TaskArrived", task, DIGEST, SCRIPT.startTime, SCRIPT.epochSeconds),
      ...names.map((worker, i) => on("WorkerEnrolled", task, worker, i, choice)),
    ]);
    for (let n = 0; n < refreshes; n++) {
      this.#mine(
        this.virtual,
        names.map((worker) => on("DataRefreshed", task, worker, DIGEST, 10)),
        SCRIPT.startTime + Math.floor((n * SCRIPT.epochSeconds) / refreshes),
      );
    }
    const manager = { contract: contracts.TaskManager, address: AT.tasks };
    for (let round = 0; round < rounds; round++) {
      this.#mine(this.virtual, [
        on("RoundStarted", task, round, DIGEST, this.time),
        ...names.map((worker) => on("UpdateCommitted", task, round, worker, DIGEST)),
        ...names.map((worker, i) => on("UpdateRevealed", task, round, worker, i, DIGEST, 10, DIGEST, "0x")),
        on("RoundClosed", task, round, DIGEST, workers, workers),
      ]);
      const accepted = [[(1n << BigInt(workers)) - 1n]];
      this.#mine(this.main, [
        { ...manager, name: "RoundReported", args: [task, round, this.virtual.chainId, DIGEST, workers] },
        { ...manager, name: "AggregateAttested", args: [task, round, AGGREGATOR, DIGEST, 0] },
        {
          ...manager,
          name: "RoundFinalized",
          args: [task, round, DIGEST, 500_000_000 + round, accepted, [DIGEST, DIGEST]],
        },
      ]);
    }
    const work = encodeWork({ item: 0, coveredSeconds: BigInt(SCRIPT.epochSeconds), ageSquares: 0n });
    this.#mine(this.virtual, [
      ...names.map((worker, i) => on("WorkRecorded", task, worker, i, work)),
      on("EpochClosed", task, DIGEST, workers),
    ]);
    const paid = names.flatMap((worker): ScriptedEvent[] => [
      {
        contract: contracts.RewardEscrow,
        address: AT.escrow,
        name: "Paid",
        args: [AT.tasks, task, worker, reward],
      },
      { ...manager, name: "RewardClaimed", args: [task, this.virtual.chainId, worker, rounds, reward] },
    ]);
    const rest = 100n * UNIT - BigInt(workers) * reward;
    this.#mine(this.main, [
      { ...manager, name: "TaskClosed", args: [task, 2, rounds, DIGEST] },
      { ...manager, name: "EpochSettled", args: [task, this.virtual.chainId, DIGEST, workers] },
      ...paid,
      {
        contract: contracts.RewardEscrow,
        address: AT.escrow,
        name: "Refunded",
        args: [AT.tasks, task, PUBLISHER, rest],
      },
    ]);
    return task;
  }

  /** Sends messages from main to the relay chain, of which all but the last `open` are delivered. @returns Their ids. */
  send(count: number, open = 0): string[] {
    const ids: string[] = [];
    const gateway = { contract: contracts.Gateway, address: AT.gateway };
    const first = this.#nonces.get(this.main) ?? 0;
    const from = formatInteroperable({ chainId: BigInt(this.main.chainId), address: AT.tasks });
    const to = formatInteroperable({ chainId: BigInt(this.relay.chainId), address: AT.tasks });
    const payload = encodeMessage({ kind: "RevealsOpened", body: { task: 1n, round: 0 } });
    const sent: ScriptedEvent[] = [];
    const delivered: ScriptedEvent[] = [];
    for (let nonce = first; nonce < first + count; nonce++) {
      const message = messageId({ nonce, sender: from, recipient: to, payload });
      ids.push(message);
      sent.push({ ...gateway, name: "MessageInserted", args: [message, nonce] });
      sent.push({ ...gateway, name: "MessageSent", args: [message, from, to, payload, 0n, []] });
      if (nonce < first + count - open) {
        delivered.push({
          ...gateway,
          name: "MessageDelivered",
          args: [message, this.main.chainId, nonce, AT.tasks],
        });
      }
    }
    this.#nonces.set(this.main, first + count);
    this.#mine(this.main, sent);
    this.time += 3;
    this.#mine(this.relay, delivered);
    return ids;
  }

  /** Pauses the route from main on the relay chain, which it opens first. */
  pauseRoute(): void {
    const gateway = { contract: contracts.Gateway, address: AT.gateway };
    this.#mine(this.relay, [
      { ...gateway, name: "RouteOpened", args: [this.main.chainId, AT.gateway, AT.verifier] },
      { ...gateway, name: "RoutePaused", args: [this.main.chainId, PUBLISHER] },
    ]);
  }

  #mine(chain: ScriptedChain, events: readonly ScriptedEvent[], at = ++this.time): void {
    this.time = Math.max(this.time, at);
    chain.mine(events, at);
  }
}

function termsOf(): unknown[] {
  const { startTime, epochSeconds } = SCRIPT;
  const schedule = [startTime, startTime + 10 * epochSeconds, epochSeconds, 20, 10, 10, 100_000];
  const head = [DIGEST, DIGEST, mechanismId("aoi-contract"), 2, 0, 1_000_000_000, 1, 1, 512, 100, 0, 0];
  return [...head, schedule, [51_403], [AGGREGATOR]];
}

function mechanismTerms(): string {
  return encodeTerms({ bonus: UNIT / 10n, menu: [{ period: 10, reward: UNIT, cost: UNIT / 2n }] });
}
