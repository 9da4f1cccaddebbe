import type { Rpc } from "../chains/rpc/Rpc.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";

/** The process that called is dead. No service sees this: whatever would have caught it is dead as well. */
export class ProcessEnded extends BaseError {
  constructor(process: string) {
    super("PROCESS_ENDED", `${process} was killed.`);
  }
}

/** A step that is persisted or leaves the process, after which it may be killed. */
export interface Step {
  /** Steps of this life before this one. */
  readonly number: number;
  /** Such as `before store.advance` or `after eth_sendRawTransaction`. */
  readonly name: string;
}

/** When a life ends, asked at each of its steps. */
export type Fate = (step: Step) => boolean;

/**
 * One life of a process, from its start until it is killed. Whatever a service is given goes through here. Once
 * killed, nothing it does has any effect: what it waits for never comes, what it calls throws. What it persisted and
 * what it sent stay, as they do for a process that gets SIGKILL.
 */
export class Life {
  readonly process: string;
  readonly #fate: Fate;
  readonly #onKilled: (at: string) => void;
  readonly #onStep: (step: Step) => void;
  #steps = 0;
  #alive = true;

  constructor(
    process: string,
    options: {
      fate?: Fate;
      /** Told once, with the step at which it happened. */
      onKilled?: (at: string) => void;
      onStep?: (step: Step) => void;
    } = {},
  ) {
    this.process = process;
    this.#fate = options.fate ?? (() => false);
    this.#onKilled = options.onKilled ?? (() => undefined);
    this.#onStep = options.onStep ?? (() => undefined);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Steps taken in this life. */
  get steps(): number {
    return this.#steps;
  }

  /** Ends the process here and now. */
  kill(at = "any moment"): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onKilled(at);
  }

  /**
   * A moment at which the process may be killed.
   *
   * @throws `ProcessEnded` when it is, or was before.
   */
  step(name: string): void {
    this.#requireAlive();
    const step = { number: this.#steps++, name };
    this.#onStep(step);
    if (this.#fate(step)) this.kill(name);
    this.#requireAlive();
  }

  /** Settles as `begin` does, or never, once the process is dead. */
  call<T>(begin: () => Promise<T>): Promise<T> {
    if (!this.#alive) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      begin().then(
        (value) => this.#alive && resolve(value),
        (error: unknown) => this.#alive && reject(error),
      );
    });
  }

  /** A clock of which only the living see anything. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      sleep: (milliseconds, signal) => this.call(() => clock.sleep(milliseconds, signal)),
    };
  }

  /** An RPC whose answers only the living get. Steps are before a transaction is sent, meanwhile, and after. */
  rpc(rpc: Rpc): Rpc {
    return {
      request: (method, params) =>
        this.call(async () => {
          if (method !== "eth_sendRawTransaction") return rpc.request(method, params);
          this.step(`before ${method}`);
          const answer = rpc.request(method, params);
          // Nobody waits for the answer if the process is killed now.
          answer.catch(() => undefined);
          this.step(`during ${method}`);
          const outcome = await answer.then(
            (result) => () => result,
            (error: unknown) => () => {
              throw error;
            },
          );
          this.step(`after ${method}`);
          return outcome();
        }),
    };
  }

  /**
   * A store whose methods, and whose tables' methods, do nothing for the dead.
   *
   * @param name - How its steps are called.
   * @param writes - Whether a method changes what is stored, in one transaction: it is a step then. Of a table's method
   * it is given both names, such as `submissions.addVariant`.
   */
  store<S extends object>(store: S, name: string, writes: (method: string) => boolean): S {
    return new Proxy(store, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof property !== "string") return value;
        if (typeof value === "object" && value !== null) {
          return this.store(value, `${name}.${property}`, (method) => writes(`${property}.${method}`));
        }
        if (typeof value !== "function") return value;
        return (...values: unknown[]) => {
          this.#requireAlive();
          if (!writes(property)) return Reflect.apply(value, target, values);
          this.step(`before ${name}.${property}`);
          const result: unknown = Reflect.apply(value, target, values);
          this.step(`after ${name}.${property}`);
          return result;
        };
      },
    });
  }

  /** A listener that hears nothing of the dead. */
  listener<E>(listener: (event: E) => void): (event: E) => void {
    return (event) => {
      if (this.#alive) listener(event);
    };
  }

  #requireAlive(): void {
    if (!this.#alive) throw new ProcessEnded(this.process);
  }
}
