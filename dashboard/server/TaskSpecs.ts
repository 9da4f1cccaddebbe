import { scoreName } from "../../learning/models/scoreName.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import { shownName } from "../../tasks/taskNames.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { MOST_KEPT } from "./bounds.ts";
import { StoredFacts, type StoredFactsModules } from "./StoredFacts.ts";

/** What a page tells of a specification. */
export interface SpecFacts {
  readonly name: string;
  /** What its scores are called. */
  readonly measure: string | null;
}

/** Names of tasks, read from storage once each, in the background. */
export class TaskSpecs {
  readonly #storage: ContentStore;
  readonly #facts: StoredFacts<SpecFacts>;

  constructor(storage: ContentStore, modules: StoredFactsModules) {
    this.#storage = storage;
    this.#facts = new StoredFacts(MOST_KEPT.tasks, modules);
  }

  /** What is known of a specification; if nothing is, it is read, and told of later. */
  facts(digest: string): SpecFacts | undefined {
    return this.#facts.of(digest, async () => {
      const spec = await storedTaskSpec(this.#storage, digest);
      return { name: shownName(spec.name), measure: measureOf(spec) };
    });
  }

  stop(): void {
    this.#facts.stop();
  }
}

function measureOf({ model }: Pick<TaskSpec, "model">): string | null {
  try {
    return scoreName(model);
  } catch {
    return null;
  }
}
