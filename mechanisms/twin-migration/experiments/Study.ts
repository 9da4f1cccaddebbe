import { BaseError } from "../../../protocol/BaseError.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import type { FigureSettings } from "../../FigureSettings.ts";
import { GENETIC, type GeneticParameters } from "../mathematics/rules/geneticPlan.ts";
import type { RuleName } from "../mathematics/rules/rules.ts";
import { TUNING, type TuningParameters } from "../mathematics/rules/tuneRule.ts";
import { type Contender, geneticPlan, seedsTo, simpleRules, type Tuning, tunedRule } from "./contenders.ts";
import { keptMeasure } from "./keptOutcomes.ts";
import { keptTuning } from "./keptTunings.ts";
import { LEARNERS, type LearnerSpec } from "./learnerSpecs.ts";
import type { Episodes, Measured } from "./measure.ts";
import { HELD_OUT, type Scenario } from "./scenarios.ts";
import { type CurvePoint, keptLearner, type Trainer, trainedLearner } from "./trainedLearners.ts";

/** Independent trainings of each learner, and tunings of the rule, unless told otherwise. */
export const SEEDS = 5;

/** How much is computed, unless told otherwise. */
export interface StudyBudget {
  readonly episodes: Episodes;
  readonly tuning: Omit<TuningParameters, "name">;
  readonly genetic: GeneticParameters;
}

const WHOLE: StudyBudget = { episodes: HELD_OUT, tuning: TUNING, genetic: GENETIC };

/** A learner, trained with several seeds. */
export interface LearnedContender extends Contender {
  /** By seed. */
  readonly curves: readonly (readonly CurvePoint[])[];
}

/** What figures compare, computed or trained when it is first asked for. */
export class Study {
  readonly seeds: number;
  readonly budget: StudyBudget;
  readonly #laboratory: Pick<FigureLaboratory, "progress">;
  readonly #settings: FigureSettings;
  readonly #trainer: Trainer;
  readonly #trainings = new Map<string, number>();
  readonly #learned = new Map<string, Promise<LearnedContender>>();
  readonly #tuned = new Map<string, Promise<Tuning>>();
  readonly #measured = new Map<string, Promise<Measured>>();

  constructor(
    laboratory: Pick<FigureLaboratory, "progress">,
    settings: FigureSettings,
    trainer: Trainer,
    budget: StudyBudget = WHOLE,
  ) {
    this.#laboratory = laboratory;
    this.#settings = settings;
    this.#trainer = trainer;
    this.seeds = settings.seeds ?? SEEDS;
    this.budget = budget;
  }

  /** Held-out episodes. */
  get episodes(): Episodes {
    return this.budget.episodes;
  }

  progress(text: string): void {
    this.#laboratory.progress(text);
  }

  /** Episodes that a learner trains for. */
  episodesOf({ episodes }: LearnerSpec): number {
    return Math.min(episodes, this.#settings.episodes ?? Number.POSITIVE_INFINITY);
  }

  /** Of a learner that was asked for: how often it was trained in a scenario. */
  trainings(spec: LearnerSpec, scenario: Scenario): number | undefined {
    return this.#trainings.get(`${spec.id} ${scenario.id}`);
  }

  /** A learner, trained in a scenario with each seed. @throws BaseError `DATA_MISSING` when none may and none was. */
  learned(spec: LearnerSpec, scenario: Scenario): Promise<LearnedContender> {
    return once(this.#learned, `${spec.id} ${scenario.id}`, async () => {
      const trained = [];
      // One after the other: each takes all that an engine gives.
      for (const seed of seedsTo(this.seeds)) {
        const subject = { spec, scenario, seed, episodes: this.episodesOf(spec) };
        const progress = (text: string) => this.progress(text);
        const { kept, onlyTrained = false } = this.#settings;
        const one = onlyTrained
          ? await keptLearner(subject, this.#trainer, kept)
          : await trainedLearner(subject, this.#trainer, kept, progress);
        if (one !== undefined) trained.push(one);
      }
      if (trained.length === 0) {
        throw new BaseError("DATA_MISSING", `${spec.name} was not trained on ${scenario.title}.`, {
          next: "Leave --trained out, or name with --kept where what was trained is.",
        });
      }
      this.#trainings.set(`${spec.id} ${scenario.id}`, trained.length);
      return {
        name: spec.name,
        withoutGame: !spec.game,
        runs: trained.map(({ player }) => player),
        curves: trained.map(({ curve }) => curve),
      };
    });
  }

  /** The paper's learners and ours, trained in a scenario, the paper's plan, and the rule, tuned there or elsewhere. */
  async contenders(training: Scenario, tunedIn = training): Promise<readonly Contender[]> {
    return [...(await this.learners(training)), this.genetic(), await this.rule(tunedIn)];
  }

  /** The four learners, trained in a scenario; without those that were not where nothing may be trained. */
  learners(training: Scenario): Promise<LearnedContender[]> {
    const { cold, warm, maddpg, madqn } = LEARNERS;
    return this.learnedOf([cold, warm, maddpg, madqn], training);
  }

  /** Some learners in a scenario, without those that were not trained where nothing may be: but both whole MO-MADDPGs. */
  async learnedOf(specs: readonly LearnerSpec[], training: Scenario): Promise<LearnedContender[]> {
    const { cold, warm } = LEARNERS;
    const learned: LearnedContender[] = [];
    for (const spec of specs) {
      try {
        learned.push(await this.learned(spec, training));
      } catch (error) {
        const missing = error instanceof BaseError && error.code === "DATA_MISSING";
        // What claims are about cannot be left out.
        if (!missing || spec === warm || spec === cold) throw error;
      }
    }
    return learned;
  }

  genetic(): Contender {
    return geneticPlan(1, this.budget.genetic);
  }

  async rule(training: Scenario): Promise<Contender> {
    const tunings: Tuning[] = [];
    for (const seed of seedsTo(this.seeds)) tunings.push(await this.tune(training, seed));
    return tunedRule(tunings);
  }

  simpleRules(training: Scenario): Promise<Contender[]> {
    return simpleRules((name) => this.tune(training, 1, name));
  }

  tune(scenario: Scenario, seed: number, name: RuleName = "greedy-hysteresis"): Promise<Tuning> {
    return once(this.#tuned, [scenario.id, seed, name].join(), () =>
      keptTuning(scenario, seed, name, this.budget.tuning, this.#settings.kept),
    );
  }

  /** What a contender comes to, computed once for each pair. @param of - Where it was trained or tuned. */
  measure(
    contender: Contender,
    scenario: Scenario,
    of: Scenario,
    episodes = this.episodes,
  ): Promise<Measured> {
    const key = [contender.name, of.id, scenario.id, episodes.count].join();
    return once(this.#measured, key, async () => {
      this.progress(`${contender.name} on ${scenario.title}`);
      return keptMeasure(contender, scenario, episodes, this.#settings.kept);
    });
  }
}

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let one = made.get(key);
  if (one === undefined) {
    one = make();
    made.set(key, one);
  }
  return one;
}
