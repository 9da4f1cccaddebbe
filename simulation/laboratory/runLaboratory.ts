import { getAddress, id } from "ethers";
import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import { partition } from "../../learning/datasets/partition.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { networkOf } from "../../learning/models/networkOf.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { roundTime } from "../../protocol/roundTimes.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { digestOf } from "../../storage/contentId.ts";
import { Population, type PopulationClient } from "../../tasks/population/Population.ts";
import type { CheckpointPlace } from "../federated/CheckpointPlace.ts";
import type { FederationPool } from "../federated/FederationPool.ts";
import type { DigestedFile } from "../federated/FitLane.ts";
import { federatedRounds } from "../federated/federatedRounds.ts";
import { baselinePayer } from "./baselinePayer.ts";
import { ClientStreams } from "./ClientStreams.ts";
import type { LaboratoryResult, LaboratoryRound } from "./LaboratoryResult.ts";
import { LaboratoryScores } from "./LaboratoryScores.ts";
import { type LaboratorySetting, REVEAL_SECONDS } from "./LaboratorySetting.ts";
import { laboratoryData } from "./laboratoryData.ts";
import { assertRefreshes, clientsPerRound } from "./laboratoryExcess.ts";
import { keptState, restoreState } from "./laboratoryState.ts";
import { mechanismPayer } from "./mechanismPayer.ts";
import type { Payer, PayerFrame } from "./Payer.ts";
import { PlayedClient } from "./PlayedClient.ts";
import { settledRun } from "./settledRun.ts";

/** When the epoch begins, Unix seconds: a time like any other. */
const START_TIME = 1_700_000_000;
/** How many attest: mechanisms may look at samples in as many folds. */
const AGGREGATORS = 3;

/** What {@link runLaboratory} needs. */
export interface RunLaboratoryParameters {
  readonly setting: LaboratorySetting;
  /** Of everything random: data, clients, model, training. */
  readonly seed: number;
  readonly pool: FederationPool;
  /** @throws BaseError `DATA_MISSING` when the data set's files are not there. */
  readonly load: (dataset: DatasetSpec) => Promise<TrainAndTest>;
  /** Told after every round how many are over, of how many. */
  readonly round?: (over: number, rounds: number) => void;
  /** Where its rounds are saved, and from where it goes on; its identity says which data there are. */
  readonly checkpoint?: CheckpointPlace | undefined;
  /** Told how many rounds are over, of how many, when it goes on from a checkpoint. */
  readonly resumed?: (over: number, rounds: number) => void;
}

/**
 * Plays a task with a population and pays it: one setting, one seed, one result. Clients decide by their own interest
 * whether they take part, refresh and train in a virtual time that nobody waits for, and are paid for what came of it:
 * choices, pay and scores are those of the mechanisms' own functions. The same arguments give the same result on any
 * number of threads, and however often it was stopped and went on from a checkpoint.
 *
 * @throws BaseError `LABORATORY_TOO_LARGE`, and those of `partition`, `Population`, `mechanismPayer`, `baselinePayer` and `federatedRounds`.
 *
 * @example
 * const { metrics } = await runLaboratory({ setting: parseLaboratorySetting(json), seed: 1, pool, load });
 * metrics.score / metrics.spentTokens;
 */
export async function runLaboratory(parameters: RunLaboratoryParameters): Promise<LaboratoryResult> {
  const { setting, seed, pool } = parameters;
  const task: LearningTask = { ...setting, seed };
  const { rounds } = setting;
  const epoch = { startTime: START_TIME, epochSeconds: setting.schedule.epochSeconds };
  const population = new Population(setting.population, { clients: setting.clients, seed });
  const { train, test } = laboratoryData(await parameters.load(setting.dataset), setting, seed);
  const parts = partition(setting.partition, train, population.count, new SeededRandom(seed, "partition"));
  const streams = new ClientStreams(train, parts, { ...setting, epoch, seed });
  const addresses = Array.from({ length: population.count }, (_, client) => addressOf(client));
  const frame: PayerFrame = {
    ...{ epoch, rounds, expectedUpdates: expectedUpdates(setting, population.count) },
    maxSamples: setting.training.samplesPerRound,
  };
  const payer = payerOf(setting, frame, addresses);
  const asked = addresses.map((address, client) => ({
    ...departing(population.client(client), setting),
    address,
    samples: Array.from({ length: rounds }, (_, round) => roundTime({ ...epoch, rounds }, round)).reduce(
      (sum, time) => sum + Math.min(frame.maxSamples, streams.collectedBy(client, time)),
      0,
    ),
  }));
  const enrolments = payer.enrol(asked);
  assertRefreshes(enrolments);
  const played = enrolments.flatMap((enrolment, client) =>
    "abstain" in enrolment
      ? []
      : [new PlayedClient(asked[client]!, enrolment, { setting, epoch, streams, seed })],
  );

  const initial = await fileOf(initialGlobalModel(task));
  const terms = termsOf(setting, payer, { initial, workers: population.count, epoch });
  const scores =
    payer.scoring === undefined
      ? undefined
      : new LaboratoryScores(
          {
            ...{ scoring: payer.scoring, terms, mechanismTerms: payer.mechanismTerms, heldOut: test, pool },
            task: { ...task, dataset: setting.dataset },
          },
          initial,
        );
  const outcome: LaboratoryRound[] = [];
  const places = new Map(played.map(({ name }, place) => [name, place]));
  const isCopied = played.some(({ isCopier }) => isCopier);
  const state = { played, scores, rounds: outcome };
  let base = initial;
  for await (const { round, global, updates } of federatedRounds({
    ...{ task, rounds, pool, sampling: setting.sampling },
    keepsUpdates: scores !== undefined || isCopied,
    clients: {
      count: played.length,
      nameOf: (place) => played[place]!.name,
      sizeOf: (place) => streams.sizeOf(played[place]!.client),
      dataFor(place, round) {
        const rows = played[place]!.rowsFor(round);
        return rows && { of: train, rows };
      },
      behaviourIn: (place) => played[place]!.behaviour,
      statedSamples: (place, samples) => played[place]!.statedSamples(samples),
    },
    ...(parameters.checkpoint !== undefined && {
      checkpoint: {
        ...parameters.checkpoint,
        identity: { setting, given: parameters.checkpoint.identity },
        beside: () => keptState(state),
        resumed: async (next, global, beside) => {
          restoreState(beside, state);
          base = await fileOf(global);
          parameters.resumed?.(next, rounds);
        },
      },
    }),
  })) {
    const sent = updates.map((update) => ({ ...update, place: places.get(update.worker)! }));
    for (const { place, samples, accepted } of sent) played[place]!.sent(round, { samples, accepted });
    if (scores !== undefined) {
      const files = sent.map(({ place, file, samples, accepted }) => ({
        ...{ index: place, worker: played[place]!.address, samples, accepted, file: file! },
      }));
      await scores.score(round, base, files);
    }
    if (isCopied) {
      const honest = sent.filter(({ place }) => !played[place]!.isCopier);
      for (const client of played) client.seesRevealed(round, honest, base.digest);
    }
    base = await fileOf(global);
    const { parameters: evaluated } = strategyOf(task.strategy).configureEvaluate(round, global);
    const { score, metrics } = await pool.evaluate({
      spec: task.model,
      parameters: evaluated,
      dataset: test,
    });
    const bytes = updates.reduce((sum, update) => sum + update.bytes, 0);
    outcome.push({ round, score, metrics, updates: updates.length, bytes });
    parameters.round?.(round + 1, rounds);
  }
  const attested = scores && { by: payer.scoring!.mechanism, scores: scores.scores };
  return settledRun({
    ...{ setting, seed, payer, terms, asked, enrolments, played, attested },
    ...{ rounds: outcome, model: base.digest },
  });
}

function payerOf(
  { mechanism, ...setting }: LaboratorySetting,
  frame: PayerFrame,
  addresses: readonly string[],
): Payer {
  if ("policy" in mechanism) {
    return mechanismPayer(mechanism, { ...frame, predicts: networkOf(setting.model).task }, addresses);
  }
  const { baseline, budget, refreshSeconds } = mechanism;
  const once = Math.max(1, Math.floor(setting.schedule.epochSeconds / setting.rounds));
  return baselinePayer({ baseline, budget: BigInt(budget), refreshSeconds: refreshSeconds ?? once }, frame);
}

/** A client as it is in this run. */
function departing(client: PopulationClient, { deviation }: LaboratorySetting): PopulationClient {
  if (deviation?.clients.includes(client.client) !== true) return client;
  return { ...client, behaviours: deviation.behaviour };
}

/** Updates that a client can expect to be asked for. */
function expectedUpdates({ rounds, sampling }: LaboratorySetting, clients: number): number {
  return Math.ceil((rounds * clientsPerRound(sampling, clients)) / clients);
}

async function fileOf(global: GlobalModel): Promise<DigestedFile> {
  const bytes = encodeModel(global);
  return { bytes, digest: await digestOf(bytes) };
}

/** An address that nobody has the key of. */
function addressOf(client: number): string {
  return checksummed(`laboratory client ${client}`);
}

/** The terms that a task of the setting would have. */
function termsOf(
  { rounds, schedule, training }: LaboratorySetting,
  { name }: Payer,
  { initial, workers, epoch }: { initial: DigestedFile; workers: number; epoch: PayerFrame["epoch"] },
): TaskTerms {
  const { startTime, epochSeconds } = epoch;
  return {
    // Nothing is published: who scores draws samples by it.
    specDigest: id("freshet.laboratory"),
    initialModel: initial.digest,
    mechanism: mechanismId(name),
    ...{ rounds, minUpdates: 1, targetScorePpb: 0, quorumPpb: 1e9, attestations: 2, maxWorkers: workers },
    ...{ maxSamples: training.samplesPerRound, workersPerRound: 0, sampling: "Uniform" as const },
    schedule: {
      ...{
        startTime,
        epochSeconds,
        deadline: startTime + 2 * epochSeconds,
        commitSeconds: schedule.commitSeconds,
      },
      ...{ revealSeconds: REVEAL_SECONDS, reportSeconds: REVEAL_SECONDS, claimSeconds: epochSeconds },
    },
    subchains: [1n],
    aggregators: Array.from({ length: AGGREGATORS }, (_, n) => checksummed(`laboratory aggregator ${n}`)),
  };
}

function checksummed(name: string): string {
  return getAddress(id(name).slice(0, 42));
}
