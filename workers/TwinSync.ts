import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { encodeDataset } from "../learning/datasets/datasetCodec.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { mechanismOf } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { tryAgain } from "../protocol/tryAgain.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { mostBatchBytes, samplesInBatch } from "../tasks/firstBatch.ts";
import { leavingData } from "./leavingData.ts";
import { offerOf } from "./openOffers.ts";
import type { PrivacyPolicy } from "./privacyPolicy.ts";
import { RefreshMoments } from "./RefreshMoments.ts";
import type { SharedFiles } from "./SharedFiles.ts";
import { sendFresh } from "./sendFresh.ts";
import { refreshesWithNew } from "./streamSchedule.ts";
import type { Turns } from "./Turns.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

interface Batch {
  digest: Digest;
  samples: number;
}

/** A task in which a twin is served. */
interface ServedTask {
  task: bigint;
  /** What its privacy policy lets out of the device's data. */
  leaving: Dataset;
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
    stream: () => Promise<Dataset>;
    policy: PrivacyPolicy;
    account: ChainAccount;
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
      /** Everything the device will ever sense, in the order in which it does. */
      stream: () => Promise<Dataset>;
      policy: PrivacyPolicy;
      /** The device's account on the virtual subchain. */
      account: ChainAccount;
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
      subchain.client.blockSeconds,
    );
    const { count } = schedule;
    const policyDigest = await storage.put(new TextEncoder().encode(`${JSON.stringify(policy)}\n`));
    const leaving = leavingData(this.#options, await this.#options.stream(), spec);
    // The first that comes is what the twin is scored by, and has bounds; what they leave goes with the next.
    const most = scoresBatches ? samplesInBatch(leaving, mostBatchBytes(terms)) : Number.POSITIVE_INFINITY;
    const over = (startTime + epochSeconds) * 1000;
    const moments = new RefreshMoments(subchain.client, schedule, { clock });
    const served = { task, leaving, policyDigest, count, over, moments };
    let from = 0;
    // One is kept for the end: where nothing new may leave, the twin gets no fresher.
    const isLong = schedule.freshUntil !== undefined && leaving.labels.length > count;
    const kept = moments.hasBlocks && isLong ? 1 : 0;
    for (const { refresh: j, until: collected } of refreshesWithNew(leaving.labels.length - kept, count)) {
      const time = schedule.timeOf(j);
      const late = j + 1 < count ? Math.min(over, schedule.timeOf(j + 1) * 1000) : over;
      const until = Math.min(collected, from + most);
      const outcome = await this.#synchronize(served, { j, from, until, time, late }, signal);
      if (outcome === "over") return;
      // What one that failed should have brought goes with the next.
      if (outcome === "done") from = until;
    }
    // A synchronization is in a block some time before it is due: then the last does not last until the end.
    const time = kept === 0 ? undefined : await moments.further();
    const until = Math.min(leaving.labels.length, from + most);
    if (time !== undefined && until > from)
      await this.#synchronize(served, { j: count, from, until, time, late: over }, signal);
  }

  /** Stores a batch and records it when it is due; `over` when nothing is to follow. */
  async #synchronize(
    { task, leaving, policyDigest, count, over, moments }: ServedTask,
    { j, from, until, time, late }: { j: number; from: number; until: number; time: number; late: number },
    signal: AbortSignal,
  ): Promise<"done" | "failed" | "over"> {
    const { subchain, turns, listener, clock } = this.#modules;
    const { name, twin, account } = this.#options;
    const who = { chain: subchain.client.name, task };
    const onFailure = (error: unknown) =>
      listener({ type: "trouble", worker: name, ...who, doing: `making synchronization ${j}`, error });
    // Long before it is due, so that the synchronization is only a transaction.
    const stored = await tryAgain(
      () => this.#store(leaving, from, until),
      { signal, until: () => over },
      { clock, onFailure },
    );
    if (stored === undefined || !(await moments.near(time, signal))) return "over";
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
      return "done";
    } catch (error) {
      if (error instanceof ContractRevert && error.code === "DataNotDistinct") return "done";
      if (signal.aborted) return "over";
      onFailure(error);
      return "failed";
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

  /** Stores the samples from `from` up to `until`, excluded, of what may leave. */
  async #store(leaving: Dataset, from: number, until: number): Promise<Batch> {
    const samples = until - from;
    const rows = Uint32Array.from({ length: samples }, (_, row) => from + row);
    const digest = await this.#modules.storage.put(encodeDataset(selectSamples(leaving, rows)));
    return { digest, samples };
  }
}
