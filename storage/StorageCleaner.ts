import type { Clock } from "../protocol/Clock.ts";
import { type KeepOptions, mayGo, type TaskSpan } from "./keepRule.ts";

/** How often storage is cleaned, milliseconds. */
const CLEAN_MILLISECONDS = 3_600_000;

/** What was removed. */
export interface Cleaned {
  digests: number;
  bytes: number;
}

/** What a {@link StorageCleaner} works with. */
export interface StorageCleanerModules {
  /** All tasks of the network, as its chains tell now. */
  tasks: () => Promise<readonly TaskSpan[]>;
  /** Removes what may go. */
  release: (mayGo: (at: number) => boolean) => Cleaned | Promise<Cleaned>;
  clock: Clock;
  onCleaned: (cleaned: Cleaned) => void;
  /** Told what kept it from cleaning: nothing is removed then. */
  onError: (error: unknown) => void;
}

/** Removes what no task needs any more (`mayGo`), as long as the chains say which tasks there are. */
export class StorageCleaner {
  readonly #options: KeepOptions;
  readonly #modules: StorageCleanerModules;

  constructor(options: KeepOptions, modules: StorageCleanerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Cleans once. @throws what asking for tasks, or removing, throws. */
  async clean(): Promise<Cleaned> {
    const { clock, tasks, release } = this.#modules;
    // Before the chains are asked: a task that is published meanwhile is not among them.
    const now = clock.now();
    const spans = await tasks();
    return release((at) => mayGo(at, now, spans, this.#options));
  }

  /** Cleans now and every hour, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onCleaned, onError } = this.#modules;
    while (!signal.aborted) {
      try {
        onCleaned(await this.clean());
      } catch (error) {
        onError(error);
      }
      await clock.sleep(CLEAN_MILLISECONDS, signal);
    }
  }
}
