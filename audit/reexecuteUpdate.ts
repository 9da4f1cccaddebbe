import type { TaskSpec } from "../chains/taskSpec.ts";
import { concatDatasets } from "../learning/datasets/concatDatasets.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { decodeDataset } from "../learning/datasets/datasetCodec.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { fitRound } from "../learning/federated/fitRound.ts";
import { decodeModel } from "../learning/federated/modelCodec.ts";
import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { decodeUpdate } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { decodeEngineId } from "../protocol/engineId.ts";
import { trainingStream } from "../protocol/trainingStream.ts";
import { digestOf } from "../storage/contentId.ts";
import { allowedBatches } from "./allowedBatches.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";
import { errorSentence } from "./errorSentence.ts";
import { finalizedRounds } from "./finalizedRounds.ts";
import { firstDifference } from "./firstDifference.ts";
import type { Difference, Reexecution, Trainer } from "./Reexecution.ts";
import type { Reveal, SubchainRound } from "./subchainRounds.ts";
import { workerStateBefore } from "./workerStateBefore.ts";

/** A reveal with where it was made. */
export interface RevealedHere {
  chain: ChainEvidence;
  round: SubchainRound;
  reveal: Reveal;
}

/** How a repetition ends before its end. */
class Ended extends Error {
  readonly result: Reexecution;

  constructor(result: Reexecution) {
    super(result.outcome);
    this.result = result;
  }
}

/**
 * Repeats the local training that a virtual worker's update should come from, and
 * compares: from the round's global model, the batches that the update names, the
 * worker's state before it, the task's seed and the engine class that was
 * committed to. Believes nothing of the update: the batches must have been
 * synchronized to the twin on chain, as many as were due; state and model follow
 * from the chains.
 *
 * @throws AuditFailure when the chains or storage do not let anything be said.
 *
 * @example
 * const result = await reexecuteUpdate(evidence, { chain, round, reveal }, { numericClasses: ["strict/1"], train });
 * if (result.outcome === "differs") console.error(result.why);
 */
export async function reexecuteUpdate(
  evidence: Evidence,
  here: RevealedHere,
  trainer: Trainer,
): Promise<Reexecution> {
  try {
    return await repeat(evidence, here, trainer);
  } catch (error) {
    if (error instanceof Ended) return error.result;
    throw error;
  }
}

async function repeat(evidence: Evidence, here: RevealedHere, trainer: Trainer): Promise<Reexecution> {
  const { chain, round, reveal } = here;
  const { update: digest, worker, samples } = reveal.update;
  if (chain.place.role !== "virtual") {
    return unchecked(
      `${worker} is a worker of ${chain.name}: its data are private and never left the device.`,
    );
  }
  const [spec, terms] = await Promise.all([evidence.spec(), evidence.terms()]);
  const numericClass = engineClass(reveal, spec);
  if (!trainer.numericClasses.includes(numericClass)) {
    return unchecked(
      `The update was computed with ${numericClass}; here there is ${trainer.numericClasses.join(", ")} only.`,
    );
  }
  const previous = finalizedRounds(evidence.main, evidence.task).find(
    (other) => other.round === round.round - 1,
  );
  const base = round.round === 0 ? terms.initialModel : previous?.globalModel;
  if (base === undefined) return unchecked(`Main has not finalized round ${round.round - 1}.`);
  const [bytes, model] = [await stored(evidence, digest), await stored(evidence, base)];
  const file = read("format", "the update", () => decodeUpdate(bytes, spec, base));
  const dataset = await trainedOn(evidence, here, file);
  if (dataset.labels.length !== samples) {
    throw differs(
      "samples",
      `${samples} samples were committed to; the update was trained on ${dataset.labels.length}.`,
    );
  }
  const before = await workerStateBefore(evidence, chain, reveal.update);
  if (before?.digest !== file.stateBefore) {
    throw differs(
      "worker state",
      `The update goes on from state ${file.stateBefore ?? "none"}; the worker's last accepted update left ${before?.digest ?? "none"}.`,
    );
  }
  const repeated = await trained(() =>
    fitRound({
      task: spec,
      round: round.round,
      global: decodeModel(model, spec),
      base,
      state: before,
      dataset,
      data: file.data,
      stream: trainingStream(worker, round.round),
      train: (job) => trainer.train(job),
      digestOf,
    }),
  );
  if ((await digestOf(repeated.update)) === digest) return { outcome: "same", update: digest };
  const { difference, why } = firstDifference(file, decodeUpdate(repeated.update, spec, base));
  return { outcome: "differs", difference, why };
}

/** The numeric class that was committed to; it must be the task's. */
function engineClass({ update: { engine } }: Reveal, spec: TaskSpec): string {
  const { numericClass } = read("engine class", "the engine that was committed to", () =>
    decodeEngineId(engine),
  );
  if (numericClass === spec.numericClass) return numericClass;
  throw differs(
    "engine class",
    `It was committed to as computed with ${numericClass}; the task asks for ${spec.numericClass}.`,
  );
}

/** The samples of the batches that the update names, which must be those that the chain lets it be trained on. */
async function trainedOn(
  evidence: Evidence,
  { chain, round, reveal }: RevealedHere,
  { data = [] }: UpdateFile,
): Promise<Dataset> {
  const { samplesPerRound } = (await evidence.spec()).training;
  const { synchronized, from, until } = await allowedBatches(evidence, chain, round, reveal);
  if (data.length === 0) throw differs("data", "The update does not say what it was trained on.");
  const stranger = data.find((digest) => !synchronized.includes(digest));
  if (stranger !== undefined) {
    throw differs("data", `Batch ${stranger} was not synchronized to the twin before it committed.`);
  }
  const last = synchronized.indexOf(data.at(-1)!) + 1;
  if (last < from || last > until) {
    throw differs(
      "data",
      `The update was trained as of synchronization ${last}; the round asks for ${from === until ? from : `one from ${from} to ${until}`}.`,
    );
  }
  const expected = synchronized.slice(Math.max(0, last - data.length), last);
  const wrong = data.findIndex((digest, i) => digest !== expected[i]);
  if (wrong !== -1) {
    throw differs(
      "data",
      `The update names batch ${data[wrong]} where ${expected[wrong] ?? "none"} was synchronized.`,
    );
  }
  const batches: Dataset[] = [];
  for (const digest of data) {
    const bytes = await stored(evidence, digest);
    try {
      batches.push(decodeDataset(bytes));
    } catch (error) {
      throw new Ended(unchecked(`Batch ${digest} is no data set: ${errorSentence(error)}`));
    }
  }
  const samples = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  if (samples < samplesPerRound && last > data.length) {
    throw differs(
      "data",
      `The update leaves out batch ${synchronized[last - data.length - 1]}, which belongs to its round.`,
    );
  }
  if (samples - batches[0]!.labels.length >= samplesPerRound) {
    throw differs("data", `The update names batch ${data[0]}, whose samples are too old for its round.`);
  }
  return newestSamples(concatDatasets(batches), samplesPerRound);
}

async function stored(evidence: Evidence, digest: string): Promise<Uint8Array> {
  const bytes = await evidence.updates.get(digest);
  if (bytes instanceof BaseError)
    throw new Ended(unchecked(`${digest} cannot be read: ${errorSentence(bytes)}`));
  return bytes;
}

/** Reads what the worker wrote; that it cannot be read is a difference. */
function read<T>(difference: Difference, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BaseError) throw differs(difference, `This is not ${what}: ${errorSentence(error)}`);
    throw error;
  }
}

/** A training that cannot be done has no update. */
async function trained<T>(train: () => Promise<T>): Promise<T> {
  try {
    return await train();
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    if (error.code.startsWith("ENGINE_")) throw new Ended(unchecked(errorSentence(error)));
    throw differs("training", `The training cannot be repeated: ${errorSentence(error)}`);
  }
}

function differs(difference: Difference, why: string): Ended {
  return new Ended({ outcome: "differs", difference, why });
}

function unchecked(why: string): Reexecution {
  return { outcome: "unchecked", why };
}
