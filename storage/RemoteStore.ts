import { BaseError } from "../protocol/BaseError.ts";
import { type Clock, systemClock } from "../protocol/Clock.ts";
import { type AuthorizeWrite, BlockClient } from "./BlockClient.ts";
import { BlockFallback, type RetryPolicy } from "./BlockFallback.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "./ContentStore.ts";
import { hasContent } from "./hasContent.ts";
import { layOutContent } from "./layOutContent.ts";
import { readContent } from "./readContent.ts";
import { writeContent } from "./writeContent.ts";

/** How a {@link RemoteStore} is set up. */
export interface RemoteStoreOptions {
  /** Base URLs, asked in this order; at least one. */
  servers: readonly string[];
  /** How long one request may take, answer included. Default: 10,000 ms. */
  timeoutMilliseconds?: number;
  /** How often a server that does not work is asked at most. Default: 3. */
  attempts?: number;
  /** The pause before the second attempt; each later one is twice as long. Default: 200 ms. */
  backoffMilliseconds?: number;
  /** The largest file that is put or got, in bytes. Default: 64 MiB. */
  maxFileBytes?: number;
}

/** What a {@link RemoteStore} works with. */
export interface RemoteStoreModules {
  /** Default: Node's. */
  fetch?: typeof fetch;
  /** Default: the machine's. */
  clock?: Clock;
  /** What lets it write to a server, by its URL; nothing unless given, as servers on this machine need. */
  authorize?: (server: string) => AuthorizeWrite | undefined;
}

/**
 * A content store over HTTP: reads from any IPFS trustless gateway, writes to
 * a {@link BlockServer} of this machine, or to one that knows the writer. Checks every block itself, so a
 * server can withhold a file but not change it.
 *
 * @example
 * const store = new RemoteStore({ servers: ["http://127.0.0.1:9310", "https://ipfs.example.org"] });
 * const model = await store.get(digest);
 */
export class RemoteStore implements ContentStore {
  readonly #servers: readonly BlockClient[];
  readonly #retry: RetryPolicy;
  readonly #maxFileBytes: number;

  /** @throws `STORAGE_INVALID_SERVER` without any server, or for a URL that is none. */
  constructor(options: RemoteStoreOptions, modules: RemoteStoreModules = {}) {
    const { servers, timeoutMilliseconds = 10_000, attempts = 3, backoffMilliseconds = 200 } = options;
    const { fetch: fetchModule = fetch, clock = systemClock } = modules;
    if (servers.length === 0) {
      throw new BaseError("STORAGE_INVALID_SERVER", "A remote store needs at least one block server.", {
        next: 'Give a URL such as "http://127.0.0.1:9310".',
      });
    }
    this.#servers = servers.map(
      (url) =>
        new BlockClient(
          { url, timeoutMilliseconds },
          { fetch: fetchModule, clock, authorize: modules.authorize?.(url) },
        ),
    );
    this.#retry = { attempts, backoffMilliseconds, clock };
    this.#maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const content = await layOutContent(bytes, this.#maxFileBytes);
    // All blocks to one server: a file spread over two is whole in neither.
    await this.#fallback().firstThat((server) => writeContent(server, content));
    return content.root;
  }

  async get(digest: Digest, mostBytes = this.#maxFileBytes): Promise<Uint8Array> {
    return readContent(this.#fallback(), digest, Math.min(mostBytes, this.#maxFileBytes));
  }

  async has(digest: Digest): Promise<boolean> {
    return hasContent(this.#fallback(), digest, this.#maxFileBytes);
  }

  #fallback(): BlockFallback<BlockClient> {
    return new BlockFallback(this.#servers, this.#retry);
  }
}
