import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import type { ComputePool } from "../../learning/training/ComputePool.ts";
import type { WorkerScore } from "../../mechanisms/MechanismScores.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { digestOf } from "../../storage/contentId.ts";
import { scoringTools } from "../../tasks/scoringTools.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import type { DigestedFile } from "../federated/FitLane.ts";
import type { Scoring } from "./Payer.ts";

/** What {@link LaboratoryScores} score with. */
export interface LaboratoryScoresParameters {
  readonly scoring: Scoring;
  readonly task: LearningTask & Pick<TaskSpec, "dataset">;
  readonly terms: TaskTerms;
  readonly mechanismTerms: string;
  readonly heldOut: Dataset;
  readonly pool: Pick<ComputePool, "evaluateEach">;
}

/** An update of a round that is scored. */
export interface ScoredFile {
  /** The worker's place in the order of enrolment. */
  readonly index: number;
  readonly worker: string;
  readonly samples: number;
  readonly accepted: boolean;
  readonly file: Uint8Array;
}

/** Attests round by round as aggregators do, with a mechanism's own function, on the files of the round. */
export class LaboratoryScores {
  readonly #parameters: LaboratoryScoresParameters;
  readonly #initial: DigestedFile;
  #scores: readonly WorkerScore[] = [];

  /** @param initial - The task's first model, by which the terms name it. */
  constructor(parameters: LaboratoryScoresParameters, initial: DigestedFile) {
    this.#parameters = parameters;
    this.#initial = initial;
  }

  /** What was attested about each worker, hex, by its place; those about whom nothing was are not in it. */
  get scores(): ReadonlyMap<number, string> {
    return new Map(this.#scores.map(({ index, score }) => [index, score]));
  }

  /** All that was attested last. */
  get attested(): readonly WorkerScore[] {
    return this.#scores;
  }

  /** Takes over what was attested last, where a run goes on. */
  restore(attested: readonly WorkerScore[]): void {
    this.#scores = attested;
  }

  /** Scores a round that started from a model; throws what the mechanism and its tools do. */
  async score(round: number, base: DigestedFile, files: readonly ScoredFile[]): Promise<void> {
    const { scoring, task, terms, mechanismTerms, heldOut, pool } = this.#parameters;
    const models = new Map([this.#initial, base].map(({ digest, bytes }) => [digest, bytes]));
    const updates = new Map<string, Uint8Array>();
    const revealed = [];
    for (const { file, ...rest } of files) {
      const update = await digestOf(file);
      updates.set(update, file);
      revealed.push({ ...rest, update, chainId: terms.subchains[0]!, firstBatch: undefined });
    }
    const tools = scoringTools(
      { spec: task, terms },
      { models: held(models), updates: held(updates), pool, heldOutData: async () => heldOut },
    );
    const scored = await scoring.scores(
      { task: 1n, round, terms, mechanismTerms, base: base.digest, revealed, before: this.#scores },
      tools,
    );
    // None new: what was attested before stays.
    if (scored.length > 0) this.#scores = scored;
  }
}

/** A store of what is in memory. */
function held(files: ReadonlyMap<string, Uint8Array>) {
  return {
    async get(digest: Digest): Promise<Uint8Array> {
      const bytes = files.get(digest);
      if (bytes !== undefined) return bytes;
      throw new BaseError("NOT_IN_ROUND", `The file ${digest} is none of the round's.`);
    },
  };
}
