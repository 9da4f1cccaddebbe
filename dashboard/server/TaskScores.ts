import { NO_SCORES, type ScoreRecord } from "../../protocol/scores.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { readScores } from "../../tasks/statement/readScores.ts";
import type { TaskView } from "../../tasks/view/TaskView.ts";
import { MOST_KEPT } from "./bounds.ts";
import { StoredFacts, type StoredFactsModules } from "./StoredFacts.ts";

/** What aggregators attested about the workers of tasks, read from storage once each, in the background. */
export class TaskScores {
  readonly #storage: ContentStore;
  readonly #scores: StoredFacts<readonly ScoreRecord[]>;

  constructor(storage: ContentStore, modules: StoredFactsModules) {
    this.#storage = storage;
    this.#scores = new StoredFacts(MOST_KEPT.scores, modules);
  }

  /** A task's; undefined until they are read, or as long as storage has them not. */
  of({ rounds }: Pick<TaskView, "rounds">): readonly ScoreRecord[] | undefined {
    const last = rounds.findLast(
      ({ result }) => result !== undefined && result.scores.root !== NO_SCORES.root,
    );
    if (last?.result === undefined) return [];
    const { root, digest } = last.result.scores;
    return this.#scores.of(`${root} ${digest}`, () => readScores({ rounds }, this.#storage));
  }

  stop(): void {
    this.#scores.stop();
  }
}
