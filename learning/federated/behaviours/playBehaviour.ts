import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Dataset } from "../../datasets/Dataset.ts";
import { flippedLabels } from "../../datasets/flippedLabels.ts";
import type { ModelParameters } from "../../models/parameterShapes.ts";
import { decompress } from "../compression.ts";
import type { FitRoundParameters } from "../fitRound.ts";
import type { LearningTask } from "../LearningTask.ts";
import { modificationOf } from "../modifications/modificationOf.ts";
import { decodeUpdate } from "../updateCodec.ts";
import { behaviourModifications } from "./behaviourModifications.ts";
import { type BehaviourSpec, behaviourOf } from "./behaviourSpec.ts";

/** What a client departs from in a round, as a message to a thread. */
export interface PlayedBehaviour {
  readonly behaviours: readonly BehaviourSpec[];
  /** The file that a copying client copies, and the digest of the global model that it changes. */
  readonly copied?: { readonly update: Uint8Array; readonly base: string } | undefined;
}

/** What of `fitRound`'s parameters behaviours change. */
type Played = Pick<FitRoundParameters, "dataset" | "train"> &
  Partial<Pick<FitRoundParameters, "modifications">>;

/**
 * A client's part in a round, played as it behaves: what it trains on, whether it trains, and what it does to what
 * training changed. All draws are of the client's own stream, so the same client does the same in every run.
 *
 * @param honest - What it would do if it were honest.
 * @throws BaseError those of `decodeUpdate`, of what is copied.
 */
export function playBehaviour(
  { behaviours, copied }: PlayedBehaviour,
  { task, stream, ...honest }: Pick<FitRoundParameters, "task" | "stream" | "dataset" | "train">,
): Played {
  const flips = behaviourOf(behaviours, "flip-labels");
  const isCopy = behaviourOf(behaviours, "copy") !== undefined;
  const own = behaviourModifications(behaviours, copied && deltaOf(copied, task));
  return {
    dataset: flips === undefined ? honest.dataset : flipped(honest.dataset, flips.share, task.seed, stream),
    train: isCopy ? trainNothing : honest.train,
    ...(own.length > 0 && {
      modifications: [...own, ...(task.update.modifications ?? []).map(modificationOf)],
    }),
  };
}

/** The model as it was: parameters of its own, as the caller changes them. */
const trainNothing: FitRoundParameters["train"] = async ({ parameters }) => ({
  parameters: parameters.map((values) => values.slice()),
  steps: 0,
  visits: 0,
  epochLosses: [],
});

function flipped(
  dataset: Dataset,
  share: number,
  seed: number,
  stream: FitRoundParameters["stream"],
): Dataset {
  return flippedLabels(dataset, share, new SeededRandom(seed, "flipped labels", ...stream));
}

/** What an update changes, as float32. */
function deltaOf(
  { update, base }: NonNullable<PlayedBehaviour["copied"]>,
  task: LearningTask,
): ModelParameters {
  const unit = 2 ** -task.fractionBits;
  return decodeUpdate(update, task, base).delta.map((tensor) =>
    tensor.values instanceof Float32Array
      ? tensor.values
      : Float32Array.from(decompress(tensor, task.fractionBits), (steps) => steps * unit),
  );
}
