import { type FitRoundReturnType, fitRound } from "../../learning/federated/fitRound.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { isRepeatable } from "../../learning/federated/updateSpec.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { decodeEngineId } from "../../protocol/engineId.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { trainingStream } from "../../protocol/trainingStream.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { finalizedRounds } from "../evidence/finalizedRounds.ts";
import type { Reveal } from "../evidence/subchainRounds.ts";
import { firstDifference } from "../firstDifference.ts";
import { NotExamined } from "../NotExamined.ts";
import type { Difference, Reexecution, RevealedHere, Trainer } from "./Reexecution.ts";
import { differs, ReexecutionEnd, stored, unexamined } from "./reexecutionEnd.ts";
import { trainedOn } from "./trainedOn.ts";
import { workerStateBefore } from "./workerStateBefore.ts";

/** Why nothing can be said of any update of a task that is so marked. */
export const UNREPEATABLE =
  "The task says that its updates cannot be repeated: workers modify them with draws that only they know.";
/** And what to do about it. */
export const LEAVE_OUT = "Leave re-execution out for this task.";

/**
 * Repeats the local training that a virtual worker's update should come from, and
 * compares: from the round's global model, the batches that the update names, the
 * worker's state before it, the task's seed and the numeric class that was
 * committed to. Takes nothing from the update on trust: the batches must have
 * been synchronized to the twin on chain, as many as were due; model and state
 * follow from the chains.
 *
 * @throws AuditFailure when the chains or storage cannot be read.
 *
 * @example
 * const result = await reexecuteUpdate(evidence, await revealOf(evidence, 0, worker), trainerOn(pool));
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
    if (error instanceof ReexecutionEnd) return error.result;
    if (error instanceof NotExamined)
      return { outcome: "unexamined", why: error.shortMessage, next: error.next };
    throw error;
  }
}

async function repeat(evidence: Evidence, here: RevealedHere, trainer: Trainer): Promise<Reexecution> {
  const {
    chain,
    round: { round },
    reveal,
  } = here;
  const { update: digest, worker, samples } = reveal.update;
  if (chain.place.role !== "virtual") {
    throw unexamined(
      `${worker} is a worker of ${chain.name}: its data are private and never left the device.`,
      "Repeat the training of a worker of a virtual subchain.",
    );
  }
  const spec = await evidence.spec();
  if (!isRepeatable(spec.update)) throw unexamined(UNREPEATABLE, LEAVE_OUT);
  assertEngine(reveal, spec, trainer);
  const base = await globalModelOf(evidence, round);
  const file = read("format", await stored(evidence, "The update", digest), (bytes) =>
    decodeUpdate(bytes, spec, base),
  );
  const global = decodeModel(await stored(evidence, "The round's global model", base), spec);
  const dataset = await trainedOn(evidence, here, file);
  if (dataset.labels.length !== samples) {
    throw differs(
      "samples",
      `The update was committed to with ${samples} samples; its round asks for ${dataset.labels.length}.`,
    );
  }
  const state = await workerStateBefore(evidence, chain, reveal.update);
  if (state?.digest !== file.stateBefore) {
    throw differs(
      "worker state",
      `The update goes on from ${file.stateBefore ?? "nothing"}; the worker's last accepted update left ${state?.digest ?? "nothing"}.`,
    );
  }
  const repeated = await trained(() =>
    fitRound({
      task: spec,
      round,
      global,
      base,
      state,
      dataset,
      data: file.data,
      stream: trainingStream(worker, round),
      train: (job) => trainer.train(job, spec.numericClass),
      digestOf,
    }),
  );
  if ((await digestOf(repeated.update)) === digest) return { outcome: "same" };
  return { outcome: "differs", ...firstDifference(file, decodeUpdate(repeated.update, spec, base)) };
}

/** The class that was committed to must be the task's, and one that can be computed here. */
function assertEngine({ update: { engine } }: Reveal, { numericClass }: TaskSpec, trainer: Trainer): void {
  const { numericClass: committed } = read("engine class", engine, decodeEngineId);
  if (committed !== numericClass) {
    throw differs(
      "engine class",
      `The update was committed to as computed with ${committed}; the task asks for ${numericClass}.`,
    );
  }
  if (trainer.numericClasses.includes(numericClass)) return;
  throw unexamined(
    `${numericClass} cannot be computed here, only ${trainer.numericClasses.join(", ")}.`,
    "Audit on a machine that computes it (docs/learning-engine.md).",
  );
}

/** Digest of the model that a round started from, as main says. */
async function globalModelOf(evidence: Evidence, round: number): Promise<string> {
  if (round === 0) return (await evidence.terms()).initialModel;
  const previous = finalizedRounds(evidence.main, evidence.task).find((other) => other.round === round - 1);
  if (previous !== undefined) return previous.globalModel;
  throw unexamined(`Main has not finalized round ${ordinal(round - 1)} yet.`, "Audit again once it has.");
}

/** Decodes what the worker wrote: that it cannot be is a difference. */
function read<I, O>(difference: Difference, written: I, decode: (written: I) => O): O {
  try {
    return decode(written);
  } catch (error) {
    if (error instanceof BaseError) throw differs(difference, errorSentence(error));
    throw error;
  }
}

/** An update whose training cannot be done is none of its training's. */
async function trained(training: () => Promise<FitRoundReturnType>): Promise<FitRoundReturnType> {
  try {
    return await training();
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const why = `The training cannot be repeated: ${errorSentence(error)}`;
    if (!error.code.startsWith("ENGINE_")) throw differs("training", why);
    throw unexamined(why, "Audit on a machine that computes the task's numeric class.");
  }
}
