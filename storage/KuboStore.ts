import { BaseError } from "../protocol/BaseError.ts";
import { type Clock, systemClock } from "../protocol/Clock.ts";
import { shownUrl } from "../protocol/shownUrl.ts";
import { BlockClient } from "./BlockClient.ts";
import { BlockFallback, type RetryPolicy } from "./BlockFallback.ts";
import type { BlockSource } from "./BlockStore.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "./ContentStore.ts";
import { cidOf, digestOf } from "./contentId.ts";
import type { Holdings } from "./Holdings.ts";
import { hasContent } from "./hasContent.ts";
import { KuboNode, type KuboNodeOptions } from "./KuboNode.ts";
import { readContent } from "./readContent.ts";

/** How a {@link KuboStore} is set up. */
export interface KuboStoreOptions extends KuboNodeOptions {
  /** Base URLs of others' gateways, asked in this order for what the own node lacks. Default: none. */
  gateways?: readonly string[];
  /** How long a gateway may take to answer, milliseconds. Default: 3,000. */
  gatewayMilliseconds?: number;
  /** How often what does not work is asked at most. Default: 2. */
  attempts?: number;
  /** The pause before the second attempt, milliseconds; each later one is twice as long. Default: 200. */
  backoffMilliseconds?: number;
  /** The largest file that is put or got, in bytes. Default: 64 MiB. */
  maxFileBytes?: number;
}

/** What a {@link KuboStore} works with. */
export interface KuboStoreModules {
  /** What this node pinned; it stays its caller's to close. */
  pins: Holdings;
  /** Default: Node's. */
  fetch?: typeof fetch;
  /** Default: the machine's. */
  clock?: Clock;
}

/** Who holds pins, in the list of them. */
const PINNED = "pinned";

/**
 * A content store in an organisation's own Kubo node (IPFS). What is put is added to that node and pinned, with options
 * that give the CID that all Freshet's stores give; a node that gives another is refused. What is got is looked for on
 * the node's own disk, then with others' gateways, which are asked only for what they have themselves, then among the
 * node's peers, each for a short time; every block is checked, whoever gave it.
 *
 * @example
 * const pins = Holdings.open("acme/pins.sqlite");
 * const store = new KuboStore({ url: "http://127.0.0.1:5001", gateways: ["https://ipfs.beta.example"] }, { pins });
 * const digest = await store.put(bytes);
 */
export class KuboStore implements ContentStore {
  readonly #node: KuboNode;
  readonly #sources: readonly BlockSource[];
  readonly #retry: RetryPolicy;
  readonly #maxFileBytes: number;
  readonly #pins: Holdings;
  readonly #clock: Clock;
  readonly #url: string;

  /** @throws `STORAGE_INVALID_SERVER` for a URL that is none. */
  constructor(options: KuboStoreOptions, modules: KuboStoreModules) {
    const { gateways = [], gatewayMilliseconds = 3_000, attempts = 2, backoffMilliseconds = 200 } = options;
    const { fetch: fetchModule = fetch, clock = systemClock } = modules;
    this.#url = shownUrl(options.url);
    this.#clock = clock;
    this.#pins = modules.pins;
    this.#node = new KuboNode(options, { clock });
    const others = gateways.map(
      (url) =>
        new BlockClient(
          { url, timeoutMilliseconds: gatewayMilliseconds, onlyWhatItHas: true },
          { fetch: fetchModule, clock },
        ),
    );
    this.#sources = [this.#node.own, ...others, this.#node.peers];
    this.#retry = { attempts, backoffMilliseconds, clock };
    this.#maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    if (bytes.length > this.#maxFileBytes) {
      throw new BaseError("STORAGE_TOO_LARGE", "The file is too large to be put.", {
        details: `It has ${bytes.length} bytes; the limit is ${this.#maxFileBytes}.`,
        next: "Compress it, or raise maxFileBytes here and wherever it is read.",
      });
    }
    const digest = await digestOf(bytes);
    // Noted first: nothing is pinned of which nobody knows.
    this.#pins.hold({ writer: PINNED, digest, bytes: bytes.length, at: this.#clock.now() });
    const given = await this.#node.add(bytes);
    if (given === cidOf(digest)) return digest;
    await this.#node.unpin(given);
    this.#pins.drop(PINNED, digest);
    throw new BaseError("STORAGE_OTHER_CID", `The Kubo node ${this.#url} names files otherwise.`, {
      details: `It gave the CID ${given} to a file whose CID is ${cidOf(digest)}, though it was told how to cut it.`,
      next: "Use another version of Kubo: 0.43.1 was tried, with any configuration of imports.",
    });
  }

  async get(digest: Digest, mostBytes = this.#maxFileBytes): Promise<Uint8Array> {
    return readContent(this.#fallback(), digest, Math.min(mostBytes, this.#maxFileBytes));
  }

  async has(digest: Digest): Promise<boolean> {
    return hasContent(this.#fallback(), digest, this.#maxFileBytes);
  }

  /**
   * Unpins what may go; the node's own garbage collection then removes it.
   *
   * @param mayGo - Whether what was put last at this time, Unix ms, may go.
   * @throws `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`: what is left stays pinned and on the list.
   */
  async release(mayGo: (at: number) => boolean): Promise<{ digests: number; bytes: number }> {
    let [digests, bytes] = [0, 0];
    for (const pin of this.#pins.all()) {
      if (!mayGo(pin.at)) continue;
      await this.#node.unpin(cidOf(pin.digest));
      if (!this.#pins.forget(pin)) {
        // It was put again in between.
        await this.#node.pin(pin.digest);
        continue;
      }
      digests += 1;
      bytes += pin.bytes;
    }
    return { digests, bytes };
  }

  #fallback(): BlockFallback<BlockSource> {
    return new BlockFallback(this.#sources, this.#retry);
  }
}
