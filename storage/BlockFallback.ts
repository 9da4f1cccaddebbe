import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { BlockSource } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";

/** When servers that do not work are asked again. */
export interface RetryPolicy {
  /** How often each is asked at most; at least 1. */
  attempts: number;
  /** The pause before the second round; each later pause is twice as long. */
  backoffMilliseconds: number;
  clock: Clock;
}

/** Of several servers' errors, the one that says most: what may pass comes first. */
const precedence = [
  "STORAGE_UNREACHABLE",
  "STORAGE_UNTRUSTED",
  "STORAGE_FULL",
  "STORAGE_CORRUPT",
  "STORAGE_REFUSED",
  "STORAGE_NOT_FOUND",
];

/**
 * Several servers behind one face: asks them in order until one does it, and
 * again, after a pause, those that did not work. One that lacks the block,
 * gives wrong bytes or refuses is not asked again.
 *
 * Made anew for each file: within it, a server that did anything but lack a
 * block goes to the end of the order, so that one that hangs costs one timeout
 * and not one a block.
 *
 * @example
 * const source = new BlockFallback([near, far], { attempts: 3, backoffMilliseconds: 200, clock });
 * const block = await source.getBlock(digest);
 */
export class BlockFallback<Source extends BlockSource> implements BlockSource {
  readonly #policy: RetryPolicy;
  #order: readonly Source[];

  constructor(servers: readonly Source[], policy: RetryPolicy) {
    this.#order = servers;
    this.#policy = policy;
  }

  getBlock(digest: Digest): Promise<Uint8Array> {
    return this.firstThat((server) => server.getBlock(digest));
  }

  checkBlock(digest: Digest): Promise<void> {
    return this.firstThat((server) => server.checkBlock(digest));
  }

  /**
   * The first answer that is no error.
   *
   * @throws when there is none: `STORAGE_UNREACHABLE` if a server still does
   * not work, otherwise `STORAGE_CORRUPT`, `STORAGE_REFUSED` or
   * `STORAGE_NOT_FOUND`; the details name every server's error.
   */
  async firstThat<Result>(ask: (server: Source) => Promise<Result>): Promise<Result> {
    const { attempts, backoffMilliseconds: first, clock } = this.#policy;
    const errors = new Map<Source, BaseError>();
    let candidates = this.#order;
    for (let attempt = 1; ; attempt++) {
      for (const server of candidates) {
        try {
          return await ask(server);
        } catch (error) {
          if (!(error instanceof BaseError)) throw error;
          errors.set(server, error);
          if (error.code !== "STORAGE_NOT_FOUND") this.#moveToEnd(server);
        }
      }
      candidates = candidates.filter((server) => isUnreachable(errors.get(server)));
      if (candidates.length === 0 || attempt >= attempts) throw summary([...errors.values()]);
      await clock.sleep(backOff({ first, last: Number.POSITIVE_INFINITY }, attempt));
    }
  }

  #moveToEnd(server: Source): void {
    this.#order = [...this.#order.filter((one) => one !== server), server];
  }
}

function isUnreachable(error: BaseError | undefined): boolean {
  return error?.code === "STORAGE_UNREACHABLE";
}

function summary(errors: BaseError[]): BaseError {
  const ranked = errors.toSorted((a, b) => precedence.indexOf(a.code) - precedence.indexOf(b.code));
  const [first] = ranked as [BaseError];
  if (ranked.length === 1) return first;
  return new BaseError(first.code, first.shortMessage, {
    details: ranked.map(({ shortMessage, details = "" }) => `${shortMessage} ${details}`.trim()).join(" "),
    next: first.next ?? "Check the servers.",
    retryable: first.retryable,
    cause: first,
  });
}
