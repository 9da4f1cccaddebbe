import { aggregateUpdates } from "../../learning/federated/aggregateUpdates.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
import { sampleClients } from "../../learning/federated/sampling/sampleClients.ts";
import type { SamplingSpec } from "../../learning/federated/sampling/samplingSpec.ts";
import type { Strategy } from "../../learning/federated/strategies/Strategy.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { UpdateSums } from "../../learning/federated/UpdateSums.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { ClientStates, KeptState } from "./ClientStates.ts";
import { type FederatedClients, sampleCount } from "./FederatedClients.ts";
import type { FederatedRound } from "./FederatedRound.ts";
import type { FederationPool } from "./FederationPool.ts";
import type { ClientToFit, DigestedFile, FittedClient } from "./FitLane.ts";
import { fitInThreads } from "./fitInThreads.ts";
import type { RunState } from "./RoundsCheckpoint.ts";
import type { RoundsProgress } from "./RoundsProgress.ts";
import { type SharedModel, shareModel } from "./SharedModel.ts";

/** What a {@link FederatedRun} needs. */
export interface FederatedRunParameters {
  readonly task: LearningTask;
  /** Aggregates instead of the task's; it must send and remember the same. */
  readonly strategy?: Strategy;
  readonly clients: FederatedClients;
  /** Who of them takes part in a round; all unless given. */
  readonly sampling?: SamplingSpec;
  /** `samples`: updates count by the samples they were trained on, unless given; `equal`: all alike. */
  readonly weights?: "samples" | "equal";
  /** Trains, in the task's numeric class. */
  readonly pool: Pick<FederationPool, "threads" | "fit">;
  /** Whether a round has the files of its updates; it has not unless given. */
  readonly keepsUpdates?: boolean;
}

/** A client that took part in a round. */
interface Participant extends Omit<FittedClient, "loss"> {
  readonly client: number;
  readonly samples: number;
  readonly weight: number;
  readonly loss: number;
}

/** A federation between two rounds, and how it gets from one to the next. */
export class FederatedRun implements RunState {
  readonly #parameters: FederatedRunParameters;
  readonly #strategy: Strategy;
  readonly #states: ClientStates;
  #next = 0;
  #global: GlobalModel;
  #losses: Float64Array;
  #lastRounds: Int32Array;
  #file: DigestedFile | undefined;
  #shared: SharedModel | undefined;
  /** For the sums of each thread, from round to round. */
  #memories: Float64Array[] = [];

  /** @param saved - Where the run goes on; from its beginning unless given. */
  constructor(parameters: FederatedRunParameters, states: ClientStates, saved?: RunState) {
    const { task, clients } = parameters;
    this.#parameters = parameters;
    this.#strategy = parameters.strategy ?? strategyOf(task.strategy);
    this.#states = states;
    this.#next = saved?.next ?? 0;
    this.#global = saved?.global ?? initialGlobalModel(task);
    this.#losses = saved?.losses ?? new Float64Array(clients.count).fill(Number.NaN);
    this.#lastRounds = saved?.lastRounds ?? new Int32Array(clients.count).fill(-1);
    for (const [client, kept] of saved?.states ?? []) states.restore(client, kept);
  }

  get next(): number {
    return this.#next;
  }

  get global(): GlobalModel {
    return this.#global;
  }

  get losses(): Float64Array {
    return this.#losses;
  }

  get lastRounds(): Int32Array {
    return this.#lastRounds;
  }

  get states(): ReadonlyMap<number, KeptState> {
    return this.#states.kept;
  }

  /** The global model's file. */
  async file(): Promise<DigestedFile> {
    if (this.#file === undefined) {
      const bytes = encodeModel(this.#global);
      this.#file = { bytes, digest: await digestOf(bytes) };
    }
    return this.#file;
  }

  /**
   * The next round.
   *
   * @throws BaseError the errors of `fitRound`, `decodeUpdate`, `aggregateFit` and `sampleClients`, `CLIENT_STATE_DAMAGED`.
   */
  async advance(progress?: RoundsProgress): Promise<FederatedRound> {
    const { clients } = this.#parameters;
    const round = this.#next;
    const chosen = this.#choose(round);
    const { participants, sums } = await this.#fit(round, chosen, progress);
    const accepted = await this.#aggregate(round, participants, sums);
    for (const { client, loss } of participants) {
      this.#losses[client] = loss;
      this.#lastRounds[client] = round;
    }
    this.#next = round + 1;
    return {
      round,
      global: this.#global,
      updates: participants.map((participant) => ({
        worker: clients.nameOf(participant.client),
        bytes: participant.bytes,
        samples: participant.samples,
        steps: participant.steps,
        loss: participant.loss,
        accepted: accepted.has(participant),
        ...(this.#parameters.keepsUpdates === true && { file: participant.update }),
      })),
    };
  }

  #choose(round: number): Uint32Array {
    const { task, clients, sampling = { kind: "all" } } = this.#parameters;
    const facts = {
      count: clients.count,
      sizeOf: (client: number) => clients.sizeOf?.(client) ?? 1,
      lossOf: (client: number) => {
        const loss = this.#losses[client]!;
        return Number.isNaN(loss) ? undefined : loss;
      },
      ageOf: (client: number) => round - this.#lastRounds[client]!,
    };
    return sampleClients(sampling, facts, new SeededRandom(task.seed, "sampling", round));
  }

  async #fit(
    round: number,
    chosen: Uint32Array,
    progress: RoundsProgress | undefined,
  ): Promise<{ participants: Participant[]; sums: UpdateSums | undefined }> {
    const { task, pool, clients, weights = "samples", keepsUpdates = false } = this.#parameters;
    const isJudged = this.#strategy.server.takes === "some";
    this.#shared = shareModel(this.#global, this.#shared);
    const { digest: base } = await this.file();
    const threads = Math.max(1, Math.min(pool.threads, chosen.length));
    const present = new Map<number, Pick<Participant, "client" | "samples" | "weight">>();
    const participants: (Participant | undefined)[] = [];
    let done = 0;
    const clientAt = async (place: number): Promise<ClientToFit | undefined> => {
      const client = chosen[place]!;
      const data = clients.dataFor(client, round);
      const held = data === undefined ? 0 : sampleCount(data);
      if (data === undefined || held === 0) return undefined;
      const samples = clients.statedSamples?.(client, held) ?? held;
      const weight = weights === "equal" ? 1 : samples;
      present.set(place, { client, samples, weight });
      const stream = ["training", clients.nameOf(client), round];
      const behaviour = clients.behaviourIn?.(client, round);
      return { stream, samples: data, weight, state: await this.#states.get(client), behaviour };
    };
    const sums = await fitInThreads({
      pool,
      common: { task, round, ...this.#shared, base, keepsUpdates },
      count: chosen.length,
      clientAt,
      memories: isJudged ? Array.from({ length: threads }, () => undefined) : this.#memoriesFor(threads),
      fitted: (place, fitted) => {
        const participant = { ...present.get(place)!, ...fitted, loss: fitted.loss ?? Number.NaN };
        // Files of those that are judged wait for the verdict.
        participants[place] = isJudged ? participant : { ...participant, state: undefined };
        if (!isJudged) this.#accept(participant.client, round, fitted.state);
      },
      over: (places) => {
        done += places;
        progress?.add(places, { round, done, chosen: chosen.length });
      },
    });
    return { participants: participants.filter((participant) => participant !== undefined), sums };
  }

  /** Makes the next global model, and says whose updates it was made of. */
  async #aggregate(
    round: number,
    participants: readonly Participant[],
    sums: UpdateSums | undefined,
  ): Promise<ReadonlySet<Participant>> {
    if (participants.length === 0) return new Set();
    const { server } = this.#strategy;
    const { task } = this.#parameters;
    if (server.takes === "all") {
      this.#become(server.next(round, this.#global, sums!.fitSums));
      return new Set(participants);
    }
    const { digest: base } = await this.file();
    const updates = participants.map((participant) => ({
      participant,
      update: decodeUpdate(participant.update!, task, base),
      weight: participant.weight,
    }));
    const aggregate = aggregateUpdates({ strategy: this.#strategy, round, global: this.#global, updates });
    const accepted = aggregate.taken.map(({ part }) => part.participant);
    if (accepted.length > 0) this.#become(aggregate.global);
    for (const { client, state } of accepted) this.#accept(client, round, state);
    return new Set(accepted);
  }

  /** A client goes on from its last update that was accepted. */
  #accept(client: number, round: number, state: DigestedFile | undefined): void {
    if (state !== undefined) this.#states.set(client, round, state);
  }

  #become(global: GlobalModel): void {
    this.#global = global;
    this.#file = undefined;
  }

  /** Memory for the sums of so many threads. */
  #memoriesFor(threads: number): Float64Array[] {
    const size = UpdateSums.sizeOf(this.#parameters.task);
    while (this.#memories.length < threads) {
      this.#memories.push(new Float64Array(new SharedArrayBuffer(8 * size)));
    }
    return this.#memories.slice(0, threads);
  }
}
