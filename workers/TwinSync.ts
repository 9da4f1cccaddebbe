import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import { encodeDataset } from "../learning/datasets/datasetCodec.ts";
import { mechanismOf } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { tryAgain } from "../protocol/tryAgain.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { mostBatchBytes, samplesInBatch } from "../tasks/firstBatch.ts";
import { offerOf } from "./openOffers.ts";
import type { PrivacyPolicy } from "./privacyPolicy.ts";
import { RefreshMoments } from "./RefreshMoments.ts";
import { refreshPace } from "./refreshPace.ts";
import type { RefreshPart, SampleStream, StreamPart } from "./SampleStream.ts";
import type { SharedFiles } from "./SharedFiles.ts";
import { sendFresh } from "./sendFresh.ts";
import { sleepUntil } from "./sleepUntil.ts";
import type { Turns } from "./Turns.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** How long before a synchronization is prepared its batch is taken from what comes meanwhile, milliseconds. */
const STORE_MILLISECONDS = 1000;

/** What is to be synchronized next. */
interface DueBatch {
  j: number;
  /** Up to where the twin has it; undefined where that is not known. */
  from: number | undefined;
  part: Partial<RefreshPart>;
  most: number;
  /** When it is due, Unix seconds, and from when on it is of no use, Unix milliseconds. */
  time: number;
  late: number;
}

interface Batch {
  digest: Digest;
  samples: number;
}

/** A task in which a twin is served. */
interface ServedTask {
  task: bigint;
  /** What its privacy policy lets out of the device's data. */
  leaving: SampleStream;
  policyDigest: Digest;
  /** How many synchronizations the schedule has. */
  count: number;
  /** When the epoch is over, Unix milliseconds. */
  over: number;
  moments: RefreshMoments;
}

/**
 * A device's side of its twin: on the twin's schedule, puts what the privacy
 * policy lets out of the newly sensed data into storage and records that on the
 * virtual subchain. Nothing else leaves the device.
 */
export class TwinSync {
  readonly #options: {
    name: string;
    twin: string;
    stream: SampleStream;
    policy: PrivacyPolicy;
    account: ChainAccount;
    spareBlocks?: number | undefined;
  };
  readonly #modules: {
    main: MainChain;
    mainFollower: ChainFollower;
    subchain: Subchain;
    follower: ChainFollower;
    storage: ContentStore;
    files: SharedFiles;
    turns: Turns;
    listener: WorkerListener;
    clock: Clock;
  };

  constructor(
    options: {
      name: string;
      twin: string;
      /** What the device senses. */
      stream: SampleStream;
      policy: PrivacyPolicy;
      /** The device's account on the virtual subchain. */
      account: ChainAccount;
      /** The twin's (`WorkerOptions`). */
      spareBlocks?: number | undefined;
    },
    modules: {
      main: MainChain;
      mainFollower: ChainFollower;
      subchain: Subchain;
      follower: ChainFollower;
      storage: ContentStore;
      files: SharedFiles;
      turns: Turns;
      listener: WorkerListener;
      clock: Clock;
    },
  ) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Serves the twin in one task, from its enrolment to the end of the epoch. */
  async run(task: bigint, specDigest: string, signal: AbortSignal): Promise<void> {
    const { subchain, storage, files, clock } = this.#modules;
    const { twin, policy } = this.#options;
    const enrolled = await this.#enrolment(task, signal);
    if (enrolled === undefined) return;
    const [{ terms, mechanismTerms }, spec] = await Promise.all([
      offerOf(this.#modules, task, twin, signal),
      files.spec(specDigest),
    ]);
    const { startTime, epochSeconds } = terms.schedule;
    const { worker, scoresBatches = false } = mechanismOf(terms.mechanism);
    const schedule = worker.schedule(
      mechanismTerms,
      enrolled.args.choice,
      terms.schedule,
      refreshPace(subchain, this.#options.spareBlocks),
    );
    const { count } = schedule;
    const policyDigest = await storage.put(new TextEncoder().encode(`${JSON.stringify(policy)}\n`));
    const leaving = this.#options.stream.leaving(this.#options, spec);
    // What has not come yet may come during the task.
    const total = leaving.isForeseen ? await leaving.expected() : undefined;
    // The first that comes is what the twin is scored by, and has bounds; what they leave goes with the next.
    const most = scoresBatches
      ? samplesInBatch(await leaving.likeness(), mostBatchBytes(terms))
      : Number.POSITIVE_INFINITY;
    const over = (startTime + epochSeconds) * 1000;
    const moments = new RefreshMoments(subchain.client, schedule, { clock });
    const served = { task, leaving, policyDigest, count, over, moments };
    let from: number | undefined;
    // Some samples are kept for the end: where nothing new may leave, the twin gets no fresher. As half of them are there
    // at first, fewer than twice as many as there are synchronizations leave some of these without any as it is.
    const further = moments.mostFurther(epochSeconds);
    const spared = total === undefined ? 0 : Math.max(Math.min(1, total - count), total - 2 * count);
    const kept = Math.max(0, Math.min(further, spared));
    for (const part of await leaving.refreshes(count, { kept })) {
      const { refresh: j } = part;
      const time = schedule.timeOf(j);
      const late = j + 1 < count ? Math.min(over, schedule.timeOf(j + 1) * 1000) : over;
      // Another is due already, which brings the same and more.
      if (!leaving.isForeseen && clock.now() >= late) continue;
      const outcome = await this.#synchronize(served, { j, from, part, most, time, late }, signal);
      if (outcome === "over") return;
      // What one that failed should have brought goes with the next.
      from = outcome.until;
    }
    // A synchronization is in a block some time before it is due: then the last does not last until the end.
    // Nor do others where reorganizations have them sent ever earlier.
    const mostMore = total === undefined ? further : kept;
    for (let more = 1; more <= mostMore; more++) {
      const time = await moments.further();
      if (time === undefined) return;
      const left = Math.min(kept - more, moments.afterNext);
      const part = total === undefined ? {} : { from: from ?? 0, until: total - left };
      const j = count + more - 1;
      const outcome = await this.#synchronize(served, { j, from, part, most, time, late: over }, signal);
      // Nothing new came, or it could not be told.
      if (outcome === "over" || outcome.until === from) return;
      from = outcome.until;
    }
  }

  /**
   * Stores a batch and records it when it is due.
   *
   * @param batch - Refresh `j` brings what came since `from`, where that is known; `most` of it.
   * @returns Up to where the twin has got it all; `over` when nothing is to follow.
   */
  async #synchronize(
    { task, leaving, policyDigest, count, over, moments }: ServedTask,
    { j, from, part, most, time, late }: DueBatch,
    signal: AbortSignal,
  ): Promise<{ until: number | undefined } | "over"> {
    const { subchain, turns, listener, clock } = this.#modules;
    const { name, twin, account } = this.#options;
    const who = { chain: subchain.client.name, task };
    const onFailure = (error: unknown) =>
      listener({ type: "trouble", worker: name, ...who, doing: `making synchronization ${j}`, error });
    // What comes meanwhile counts until it has to be stored.
    if (
      !leaving.isForeseen &&
      !(await sleepUntil((await moments.nearAt(time)) - STORE_MILLISECONDS, clock, signal))
    )
      return "over";
    const again = <T>(work: () => Promise<T>) =>
      tryAgain(work, { signal, until: () => over }, { clock, onFailure });
    const brought = await again(async () => ({ ...(await leaving.brought(count, j)), ...part }));
    if (brought === undefined) return "over";
    const begin = from ?? brought.from;
    const until = Math.min(brought.until, begin + most);
    if (until <= begin) return { until: from };
    // Long before it is due, where that is known, so that the synchronization is only a transaction.
    const stored = await again(() => this.#store(leaving, { from: begin, until }));
    if (stored === undefined) return "over";
    // Nothing of what came may leave: the twin gets no fresher.
    if (stored.samples === 0) return { until };
    if (!(await moments.near(time, signal))) return "over";
    const { digest: dataDigest, samples } = stored;
    const prepare = async () =>
      subchain.prepareSynchronization(account, task, {
        twin,
        dataDigest,
        samples,
        privacyPolicyDigest: policyDigest,
        anchor: await subchain.anchor(),
      });
    const prepared = prepare();
    // Looked at when the synchronization is due.
    prepared.catch(() => undefined);
    if (!(await moments.come(time, signal)) || clock.now() >= over) return "over";
    try {
      const onSent = (receipt: Receipt | undefined) => moments.note(receipt);
      const fresh = () =>
        sendFresh(prepared, prepare, { until: late, over, signal }, { clock, onFailure, onSent });
      if (!(await turns.before(fresh))) return "over";
      listener({
        type: "refreshed",
        worker: `${name} (twin)`,
        ...who,
        refresh: j,
        refreshes: Math.max(count, j + 1),
        late: moments.late(time),
        skipped: 0,
      });
      return { until };
    } catch (error) {
      if (error instanceof ContractRevert && error.code === "DataNotDistinct") return { until };
      if (signal.aborted) return "over";
      onFailure(error);
      return { until: begin };
    }
  }

  /** The twin's enrolment; undefined when there is none in the task's epoch. */
  async #enrolment(task: bigint, signal: AbortSignal): Promise<EventNamed<"WorkerEnrolled"> | undefined> {
    const { follower, clock } = this.#modules;
    const { args } = await follower.first({ name: "TaskArrived", task }, signal);
    const milliseconds = Math.max(0, (args.startTime + args.epochSeconds) * 1000 - clock.now());
    const isOwn = ({ args: { worker } }: EventNamed<"WorkerEnrolled">) => worker === this.#options.twin;
    const enrolled = { name: "WorkerEnrolled" as const, task, where: isOwn };
    return withTimeout({ clock, milliseconds, signal }, (over) => follower.first(enrolled, over)).catch(
      (error: unknown) => {
        if (signal.aborted || !(error instanceof BaseError && error.code === "ABORTED")) throw error;
        return undefined;
      },
    );
  }

  /** Stores a part of what may leave. */
  async #store(leaving: SampleStream, part: StreamPart): Promise<Batch> {
    const batch = await leaving.read(part);
    const { length: samples } = batch.labels;
    if (samples === 0) return { digest: "" as Digest, samples };
    return { digest: await this.#modules.storage.put(encodeDataset(batch)), samples };
  }
}
