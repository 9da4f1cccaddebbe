import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
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
import type { SharedFiles } from "./SharedFiles.ts";
import { sendFresh } from "./sendFresh.ts";
import { sleepUntil } from "./sleepUntil.ts";
import { refreshesWithNew } from "./streamSchedule.ts";

import type { Turns } from "./Turns.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** How long before a synchronization is due it is prepared, milliseconds. */
const PREPARE_MILLISECONDS = 1000;

interface Batch {
  digest: Digest;
  samples: number;
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
    const { subchain, storage, files, turns, listener, clock } = this.#modules;
    const { name, twin, account, policy } = this.#options;
    const chain = subchain.client.name;
    const enrolled = await this.#enrolment(task, signal);
    if (enrolled === undefined) return;
    const [{ terms, mechanismTerms }, spec] = await Promise.all([
      offerOf(this.#modules, task, twin, signal),
      files.spec(specDigest),
    ]);
    const { startTime, epochSeconds } = terms.schedule;
    const { worker, scoresBatches = false } = mechanismOf(terms.mechanism);
    const schedule = worker.schedule(mechanismTerms, enrolled.args.choice, terms.schedule);
    const { count } = schedule;
    const policyDigest = await storage.put(new TextEncoder().encode(`${JSON.stringify(policy)}\n`));
    const leaving = leavingData(this.#options, await this.#options.stream(), spec);
    // The first that comes is what the twin is scored by, and has bounds; what they leave goes with the next.
    const most = scoresBatches ? samplesInBatch(leaving, mostBatchBytes(terms)) : Number.POSITIVE_INFINITY;
    const over = (startTime + epochSeconds) * 1000;
    const trouble = (j: number) => (error: unknown) =>
      listener({ type: "trouble", worker: name, chain, task, doing: `making synchronization ${j}`, error });
    let from = 0;
    // Where nothing new may leave, the twin gets no fresher.
    for (const { refresh: j, until: collected } of refreshesWithNew(leaving.labels.length, count)) {
      const time = schedule.timeOf(j);
      const late = j + 1 < count ? Math.min(over, schedule.timeOf(j + 1) * 1000) : over;
      const until = Math.min(collected, from + most);
      const onFailure = trouble(j);
      // Long before it is due, so that the synchronization is only a transaction.
      const stored = await tryAgain(
        () => this.#store(leaving, from, until),
        { signal, until: () => over },
        { clock, onFailure },
      );
      if (stored === undefined) return;
      const { digest: dataDigest, samples } = stored;
      if (!(await sleepUntil(time * 1000 - PREPARE_MILLISECONDS, clock, signal))) return;
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
      if (!(await sleepUntil(time * 1000, clock, signal))) return;
      if (clock.now() >= over) return;
      try {
        const fresh = () => sendFresh(prepared, prepare, { until: late, signal }, { clock, onFailure });
        if (!(await turns.before(fresh))) return;
        from = until;
        listener({
          type: "refreshed",
          worker: `${name} (twin)`,
          chain,
          task,
          refresh: j,
          refreshes: count,
          late: clock.now() - time * 1000,
          skipped: 0,
        });
      } catch (error) {
        // What a synchronization that failed should have brought goes with the next.
        if (error instanceof ContractRevert && error.code === "DataNotDistinct") from = until;
        else if (signal.aborted) return;
        else onFailure(error);
      }
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
