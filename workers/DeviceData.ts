import { createHash } from "node:crypto";

import type { Signer } from "ethers";

import type { ChainAccount, PreparedCall } from "../chains/clients/ChainAccount.ts";
import type { Refresh, Subchain } from "../chains/clients/Subchain.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import { type Dataset, featureCount } from "../learning/datasets/Dataset.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { roundTime } from "../protocol/roundTimes.ts";
import { RefreshMoments } from "./RefreshMoments.ts";
import { samplesForRound } from "./samplesForRound.ts";
import { sendFresh } from "./sendFresh.ts";
import { samplesCollected } from "./streamSchedule.ts";
import type { RoundData, TaskContext, TrainingData } from "./TaskContext.ts";
import type { Turns } from "./Turns.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** A refresh that was prepared, and how to prepare it again. */
interface PreparedRefresh {
  prepared: Promise<PreparedCall>;
  prepare: () => Promise<PreparedCall>;
}

/** A device's own data: it trains on all it has collected, newest first. */
export class DeviceData implements TrainingData {
  readonly #stream: () => Promise<Dataset>;
  readonly #signer: Signer;
  readonly #account: ChainAccount;
  readonly #subchain: Subchain;
  readonly #name: string;
  readonly #modules: { turns: Turns; listener: WorkerListener; clock: Clock };
  /** Refreshes under way or done, by number. */
  readonly #refreshing = new Map<number, Promise<void>>();

  constructor(
    options: {
      name: string;
      /** Everything the device will ever sense, in the order in which it does. */
      stream: () => Promise<Dataset>;
      /** The device's key: its digests are salted with a signature that nobody else can make. */
      signer: Signer;
      account: ChainAccount;
      subchain: Subchain;
    },
    modules: { turns: Turns; listener: WorkerListener; clock: Clock },
  ) {
    this.#name = options.name;
    this.#stream = options.stream;
    this.#signer = options.signer;
    this.#account = options.account;
    this.#subchain = options.subchain;
    this.#modules = modules;
  }

  async ready(): Promise<number> {
    return (await this.#stream()).labels.length;
  }

  async arrived({ times, schedule }: TaskContext, round: number): Promise<void> {
    await this.#stream();
    // What was sensed counts from its refresh on.
    await this.#refreshing.get(schedule.lastBy(roundTime(times, round)));
  }

  async dataFor({ spec, times, schedule }: TaskContext, round: number): Promise<RoundData> {
    const stream = await this.#stream();
    const most = spec.training.samplesPerRound;
    return { dataset: samplesForRound(stream, { times, schedule, round, most }) };
  }

  async keepFresh(context: TaskContext, signal: AbortSignal): Promise<void> {
    const { clock } = this.#modules;
    const { times, schedule } = context;
    const { count } = schedule;
    const moments = new RefreshMoments(this.#subchain.client, schedule, { clock });
    const over = (times.startTime + times.epochSeconds) * 1000;
    // What was due before this process took part is not its own.
    let next: number | undefined;
    for (let j = 0; j < count; j++) {
      // After a pause only the latest refresh is worth making.
      j = Math.max(j, schedule.lastBy(clock.now() / 1000));
      next ??= j;
      const time = schedule.timeOf(j);
      const prepared = await this.#whenNear(context, { j, time, moments }, signal);
      if (prepared === undefined) return;
      if (j + 1 < count && clock.now() >= schedule.timeOf(j + 1) * 1000) continue;
      if (clock.now() >= over) return;
      const until = j + 1 < count ? Math.min(over, schedule.timeOf(j + 1) * 1000) : over;
      const skipped = j - next;
      next = j + 1;
      const refreshing = this.#refresh(context, { j, time, until, skipped, moments }, prepared, signal);
      this.#refreshing.set(j, refreshing);
      await refreshing;
    }
    // A refresh is in a block some time before it is due: then the last does not last until the end.
    for (let j = count; clock.now() < over; j++) {
      const time = await moments.further();
      if (time === undefined) return;
      const prepared = await this.#whenNear(context, { j, time, moments }, signal);
      if (prepared === undefined || clock.now() >= over) return;
      await this.#refresh(context, { j, time, until: over, skipped: 0, moments }, prepared, signal);
    }
  }

  /** Prepares a refresh and waits until it is to be sent; undefined when `signal` aborted first. */
  async #whenNear(
    { task, schedule: { count } }: TaskContext,
    { j, time, moments }: { j: number; time: number; moments: RefreshMoments },
    signal: AbortSignal,
  ): Promise<PreparedRefresh | undefined> {
    const sensed = once(() => this.#sensed(task, count, j));
    // Looked at when the refresh is prepared.
    sensed().catch(() => undefined);
    if (!(await moments.near(time, signal))) return undefined;
    const prepare = () => this.#prepare(task, sensed());
    const prepared = prepare();
    // Looked at when the refresh is due.
    prepared.catch(() => undefined);
    return (await moments.come(time, signal)) ? { prepared, prepare } : undefined;
  }

  /** All that a refresh needs but the moment. */
  async #prepare(task: bigint, sensed: Promise<Omit<Refresh, "anchor">>): Promise<PreparedCall> {
    const [data, anchor] = await Promise.all([sensed, this.#subchain.anchor()]);
    return this.#subchain.prepareRefresh(this.#account, task, { ...data, anchor });
  }

  async #refresh(
    { task, times, schedule: { count } }: TaskContext,
    {
      j,
      time,
      until,
      skipped,
      moments,
    }: { j: number; time: number; until: number; skipped: number; moments: RefreshMoments },
    { prepared, prepare }: PreparedRefresh,
    signal: AbortSignal,
  ): Promise<void> {
    const { turns, listener, clock } = this.#modules;
    const who = { worker: this.#name, chain: this.#subchain.client.name, task };
    const onFailure = (error: unknown) =>
      listener({ type: "trouble", ...who, doing: `making refresh ${ordinal(j)}`, error });
    const onSent = (receipt: Receipt | undefined) => moments.note(receipt);
    const over = (times.startTime + times.epochSeconds) * 1000;
    try {
      const fresh = () => sendFresh(prepared, prepare, { until, over, signal }, { clock, onFailure, onSent });
      if (!(await turns.before(fresh))) return;
      const refreshes = Math.max(count, j + 1);
      listener({ type: "refreshed", ...who, refresh: j, refreshes, late: moments.late(time), skipped });
    } catch (error) {
      // A process that was restarted between two refreshes has refreshed already.
      if (error instanceof ContractRevert && error.code === "DataNotDistinct") return;
      if (!signal.aborted) onFailure(error);
    }
  }

  /** What refresh `j` sensed: a digest that nobody else can check a guess of the data against, and how many samples. */
  async #sensed(task: bigint, refreshes: number, j: number): Promise<Omit<Refresh, "anchor">> {
    const stream = await this.#stream();
    const salt = await this.#signer.signMessage(
      `Freshet salt of sensed data: chain ${this.#subchain.client.chainId}, task ${task}, refresh ${j}`,
    );
    const total = stream.labels.length;
    const collected = (by: number) => Math.min(total, samplesCollected(total, refreshes, by));
    const from = j === 0 ? 0 : collected(j - 1);
    const until = collected(j);
    const width = featureCount(stream);
    const { features, labels } = stream;
    const digest = createHash("sha256")
      .update(salt)
      .update(bytesOf(features.subarray(from * width, until * width)))
      .update(bytesOf(labels.subarray(from, until)))
      .digest("hex");
    return { dataDigest: `0x${digest}`, samples: Math.max(1, until - from) };
  }
}

/** What some work gave, which is done again only after it failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    if (done !== undefined) return done;
    const doing = work();
    done = doing;
    doing.catch(() => {
      done = undefined;
    });
    return doing;
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
