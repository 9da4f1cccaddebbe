import type { ChainEvent } from "../../chains/clients/ChainClient.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";
import { foldTask } from "./foldTask.ts";
import type { TaskView } from "./TaskView.ts";

/** Pause before a block's time is asked for again, milliseconds. */
const RETRY_MILLISECONDS = 500;

/** What a live task works with. */
export interface LiveTaskModules {
  /** Followers of the main chain and of the task's subchains. */
  followers: readonly ChainFollower[];
  /** Told when a chain does not answer; it is asked again. */
  onError: (error: unknown) => void;
  clock?: Clock;
}

/** A task as followed chains tell it, always up to date. */
export class LiveTask {
  #view: TaskView;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #ends: (() => void)[] = [];
  readonly #listeners = new Set<(view: TaskView) => void>();
  readonly #stopped = new AbortController();

  /** @param unheard - The task before its first event; events that the followers have heard come at once. */
  constructor(unheard: TaskView, { followers, onError, clock = systemClock }: LiveTaskModules) {
    this.#view = unheard;
    this.#onError = onError;
    this.#clock = clock;
    for (const follower of followers) {
      // A chain's events are folded in its order, each once the time of its block is known.
      let before = Promise.resolve();
      const end = follower.subscribe((event) => {
        if (event.args.task === unheard.task) before = before.then(() => this.#hear(follower, event));
      });
      this.#ends.push(end);
    }
  }

  get view(): TaskView {
    return this.#view;
  }

  /** Calls `listener` after every event. */
  subscribe(listener: (view: TaskView) => void): void {
    this.#listeners.add(listener);
  }

  /** The view as soon as it is so; rejects with `ABORTED` when the task is followed no longer. */
  async until(holds: (view: TaskView) => boolean): Promise<TaskView> {
    if (holds(this.#view)) return this.#view;
    return new Promise((resolve, reject) => {
      const listener = (view: TaskView) => {
        if (!holds(view)) return;
        this.#listeners.delete(listener);
        resolve(view);
      };
      this.#listeners.add(listener);
      const stopped = () =>
        reject(new BaseError("ABORTED", `Task ${this.#view.task} is followed no longer.`));
      this.#stopped.signal.addEventListener("abort", stopped, { once: true });
    });
  }

  /** Ends following; the followers go on. */
  stop(): void {
    for (const end of this.#ends) end();
    this.#listeners.clear();
    this.#stopped.abort();
  }

  async #hear({ client }: ChainFollower, event: ChainEvent): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const time = await client.blockTime(event.blockNumber);
        this.#view = foldTask(this.#view, { ...event, chainId: client.chainId, time });
        break;
      } catch (error) {
        this.#onError(error);
        await this.#clock.sleep(RETRY_MILLISECONDS, this.#stopped.signal);
      }
    }
    for (const listener of [...this.#listeners]) listener(this.#view);
  }
}
