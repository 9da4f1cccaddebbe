import { createHash } from "node:crypto";

import type { Signer } from "ethers";

import type { ChainAccount, PreparedCall } from "../chains/clients/ChainAccount.ts";
import type { Refresh, Subchain } from "../chains/clients/Subchain.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { roundTime } from "../protocol/roundTimes.ts";
import { RefreshMoments } from "./RefreshMoments.ts";
import type { SampleStream } from "./SampleStream.ts";
import { sendFresh } from "./sendFresh.ts";
import type { RoundData, TaskContext, TrainingData } from "./TaskContext.ts";
import type { Turns } from "./Turns.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** What a refresh tells, but for when. */
type Sensed = Omit<Refresh, "anchor">;

/** A refresh that was prepared, and how to prepare it again. */
interface PreparedRefresh {
  prepared: Promise<PreparedCall>;
  prepare: () => Promise<PreparedCall>;
}

/** A device's own data: it trains on all it has collected, newest first. */
export class DeviceData implements TrainingData {
  readonly #stream: SampleStream;
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
      /** What the device senses. */
      stream: SampleStream;
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

  ready(): Promise<number | undefined> {
    return this.#stream.expected();
  }

  async arrived({ times, schedule }: TaskContext, round: number): Promise<void> {
    await this.#stream.expected();
    // What was sensed counts from its refresh on.
    await this.#refreshing.get(schedule.lastBy(roundTime(times, round)));
  }

  async dataFor({ spec, times, schedule }: TaskContext, round: number): Promise<RoundData> {
    const { until } = await this.#stream.brought(schedule.count, schedule.lastBy(roundTime(times, round)));
    const dataset = await this.#stream.newest(until, spec.training.samplesPerRound);
    if (dataset.labels.length > 0) return { dataset };
    throw new BaseError("DEVICE_WITHOUT_DATA", "Nothing had come by the last refresh before the round.", {
      details: "The device trains on what really arrived.",
      next: "Look whether its file, folder or topic gets anything, in the form that the task's dataset describes.",
    });
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
      if (prepared === "nothing") {
        next = j + 1;
        continue;
      }
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
      if (prepared === undefined || prepared === "nothing" || clock.now() >= over) return;
      await this.#refresh(context, { j, time, until: over, skipped: 0, moments }, prepared, signal);
    }
  }

  /**
   * Prepares a refresh and waits until it is to be sent; undefined when `signal` aborted first, "nothing" when there is
   * nothing to tell of.
   */
  async #whenNear(
    { task, schedule: { count } }: TaskContext,
    { j, time, moments }: { j: number; time: number; moments: RefreshMoments },
    signal: AbortSignal,
  ): Promise<PreparedRefresh | "nothing" | undefined> {
    const sensed = once(() => this.#sensed(task, count, j));
    // Looked at when the refresh is prepared; what comes meanwhile counts until then.
    if (this.#stream.isForeseen) sensed().catch(() => undefined);
    if (!(await moments.near(time, signal))) return undefined;
    if (!this.#stream.isForeseen && (await this.#isNothing(task, { j, count }, sensed))) {
      return (await moments.come(time, signal)) ? "nothing" : undefined;
    }
    const prepare = () => this.#prepare(task, sensed());
    const prepared = prepare();
    // Looked at when the refresh is due.
    prepared.catch(() => undefined);
    return (await moments.come(time, signal)) ? { prepared, prepare } : undefined;
  }

  /** Whether nothing came until a refresh, which is told: then the data get no fresher. */
  async #isNothing(
    task: bigint,
    { j, count }: { j: number; count: number },
    sensed: () => Promise<Sensed>,
  ): Promise<boolean> {
    try {
      if ((await sensed()).samples > 0) return false;
    } catch {
      // Told when it is prepared.
      return false;
    }
    const { listener } = this.#modules;
    const refreshes = Math.max(count, j + 1);
    const who = { worker: this.#name, chain: this.#subchain.client.name, task };
    listener({ type: "nothing-sensed", ...who, refresh: j, refreshes });
    return true;
  }

  /** All that a refresh needs but the moment. */
  async #prepare(task: bigint, sensed: Promise<Sensed>): Promise<PreparedCall> {
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
  async #sensed(task: bigint, refreshes: number, j: number): Promise<Sensed> {
    const part = await this.#stream.brought(refreshes, j);
    const salt = await this.#signer.signMessage(
      `Freshet salt of sensed data: chain ${this.#subchain.client.chainId}, task ${task}, refresh ${j}`,
    );
    const { features, labels } = await this.#stream.read(part);
    const digest = createHash("sha256")
      .update(salt)
      .update(bytesOf(features))
      .update(bytesOf(labels))
      .digest("hex");
    // What is played back runs out where refreshes are many.
    const least = this.#stream.isForeseen ? 1 : 0;
    return { dataDigest: `0x${digest}`, samples: Math.max(least, labels.length) };
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
