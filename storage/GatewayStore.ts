import { BaseError } from "../protocol/BaseError.ts";
import { type Clock, systemClock } from "../protocol/Clock.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "./ContentStore.ts";
import { GatewayBlocks } from "./GatewayBlocks.ts";
import { GatewayFallback, type RetryPolicy } from "./GatewayFallback.ts";
import { hasContent } from "./hasContent.ts";
import { layOutContent } from "./layOutContent.ts";
import { readContent } from "./readContent.ts";
import { writeContent } from "./writeContent.ts";

/** How a {@link GatewayStore} is set up. */
export interface GatewayStoreOptions {
  /** Base URLs, asked in this order; at least one. */
  gateways: readonly string[];
  /** How long one request may take, answer included. Default: 10,000 ms. */
  timeoutMilliseconds?: number;
  /** How often a gateway that does not work is asked at most. Default: 3. */
  attempts?: number;
  /** The pause before the second attempt; each later one is twice as long. Default: 200 ms. */
  backoffMilliseconds?: number;
  /** The largest file that is put or got, in bytes. Default: 64 MiB. */
  maxFileBytes?: number;
}

/** What a {@link GatewayStore} works with. */
export interface GatewayStoreModules {
  /** Default: Node's. */
  fetch?: typeof fetch;
  /** Default: the machine's. */
  clock?: Clock;
}

/**
 * A content store over HTTP: reads from any IPFS trustless gateway, writes to
 * a {@link GatewayServer} of this machine. Checks every block itself, so a
 * gateway can withhold a file but not change it.
 *
 * @example
 * const store = new GatewayStore({ gateways: ["http://127.0.0.1:9310", "https://ipfs.example.org"] });
 * const model = await store.get(digest);
 */
export class GatewayStore implements ContentStore {
  readonly #gateways: readonly GatewayBlocks[];
  readonly #retry: RetryPolicy;
  readonly #maxFileBytes: number;

  /** @throws `STORAGE_INVALID_GATEWAY` without any gateway, or for a URL that is none. */
  constructor(options: GatewayStoreOptions, modules: GatewayStoreModules = {}) {
    const { gateways, timeoutMilliseconds = 10_000, attempts = 3, backoffMilliseconds = 200 } = options;
    const { fetch: fetchModule = fetch, clock = systemClock } = modules;
    if (gateways.length === 0) {
      throw new BaseError("STORAGE_INVALID_GATEWAY", "A gateway store needs at least one gateway.", {
        next: 'Give a URL such as "http://127.0.0.1:9310".',
      });
    }
    this.#gateways = gateways.map(
      (url) => new GatewayBlocks({ url, timeoutMilliseconds }, { fetch: fetchModule, clock }),
    );
    this.#retry = { attempts, backoffMilliseconds, clock };
    this.#maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const content = await layOutContent(bytes, this.#maxFileBytes);
    // All blocks to one gateway: a file spread over two is whole in neither.
    await this.#fallback().firstThat((gateway) => writeContent(gateway, content));
    return content.root;
  }

  async get(digest: Digest): Promise<Uint8Array> {
    return readContent(this.#fallback(), digest, this.#maxFileBytes);
  }

  async has(digest: Digest): Promise<boolean> {
    return hasContent(this.#fallback(), digest, this.#maxFileBytes);
  }

  #fallback(): GatewayFallback {
    return new GatewayFallback(this.#gateways, this.#retry);
  }
}
