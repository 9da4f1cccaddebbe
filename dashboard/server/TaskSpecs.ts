import { scoreName } from "../../learning/models/scoreName.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import { shownName } from "../../tasks/taskNames.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";

/** Specifications that are read at a time, and how often one that cannot be read is tried again. */
const AT_A_TIME = 4;
const TRIES = { most: 5, pauseMilliseconds: 10_000 };

/** What a page tells of a specification. */
export interface SpecFacts {
  readonly name: string;
  /** What its scores are called. */
  readonly measure: string | null;
}

/** Names of tasks, read from storage once each, in the background. */
export class TaskSpecs {
  readonly #storage: ContentStore;
  readonly #clock: Clock;
  readonly #onRead: () => void;
  readonly #known = new Map<string, SpecFacts>();
  readonly #tried = new Map<string, { times: number; at: number }>();
  readonly #wanted = new Set<string>();
  #reading = 0;
  #stopped = false;

  /** @param onRead - Told when something is known that was not. */
  constructor(storage: ContentStore, { clock, onRead }: { clock: Clock; onRead: () => void }) {
    this.#storage = storage;
    this.#clock = clock;
    this.#onRead = onRead;
  }

  /** What is known of a specification; if nothing is, it is read, and told of later. */
  facts(digest: string): SpecFacts | undefined {
    const known = this.#known.get(digest);
    if (known === undefined) this.#want(digest);
    return known;
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted.clear();
  }

  #want(digest: string): void {
    const { times, at } = this.#tried.get(digest) ?? { times: 0, at: 0 };
    if (times >= TRIES.most || (times > 0 && this.#clock.now() < at + TRIES.pauseMilliseconds)) return;
    this.#wanted.add(digest);
    this.#next();
  }

  #next(): void {
    const [digest] = this.#wanted;
    if (digest === undefined || this.#stopped || this.#reading >= AT_A_TIME) return;
    this.#wanted.delete(digest);
    this.#reading++;
    void this.#read(digest).finally(() => {
      this.#reading--;
      this.#next();
    });
    this.#next();
  }

  async #read(digest: string): Promise<void> {
    // Also while it is under way, so that it is not asked for twice.
    const { times } = this.#tried.get(digest) ?? { times: 0 };
    this.#tried.set(digest, { times: times + 1, at: this.#clock.now() });
    try {
      const spec = await storedTaskSpec(this.#storage, digest);
      this.#known.set(digest, { name: shownName(spec.name), measure: measureOf(spec) });
      this.#tried.delete(digest);
      if (!this.#stopped) this.#onRead();
    } catch {
      // Storage that does not answer, or has none: the task is shown without a name.
    }
  }
}

function measureOf({ model }: Pick<TaskSpec, "model">): string | null {
  try {
    return scoreName(model);
  } catch {
    return null;
  }
}
