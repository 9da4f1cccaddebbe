import { type AddOptions, create, type KuboRPCClient } from "kubo-rpc-client";
import { CID } from "multiformats/cid";

import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { fetchFailure } from "../protocol/fetchFailure.ts";
import { shownUrl, withoutKeys } from "../protocol/shownUrl.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { BlockSource } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf } from "./contentId.ts";
import { chunkBytes, linksPerNode } from "./layOutContent.ts";
import { verifyBlock } from "./verifyBlock.ts";

/** How a Kubo node is reached. */
export interface KuboNodeOptions {
  /** Its RPC API, such as "http://127.0.0.1:5001". */
  url: string;
  /** What it asks of those who use its API (`API.Authorizations`), as the header has it: "Bearer …" or "Basic …". */
  authorization?: string;
  /** How long the node may take to answer from its own disk, milliseconds. Default: 10,000. */
  ownMilliseconds?: number;
  /** How long it may look for a block among its peers, milliseconds. Default: 5,000. */
  peersMilliseconds?: number;
  /** How long it may take to add a file, milliseconds. Default: 60,000. */
  addMilliseconds?: number;
}

/** Every option that can change a CID is given, so that no configuration of the node can. */
const LAYOUT: AddOptions = {
  cidVersion: 0,
  rawLeaves: false,
  chunker: `size-${chunkBytes}`,
  hashAlg: "sha2-256",
  trickle: false,
  wrapWithDirectory: false,
  onlyHash: false,
};

/** How much longer than the node itself its answer is waited for, milliseconds. */
const ANSWER_MILLISECONDS = 1_000;

/** A block that is asked for. */
interface AskedBlock {
  digest: Digest;
  /** Whether the node does not have it when it does not answer in time: it looked for it in vain. */
  isMissingAfter: boolean;
}

/** Options of Kubo's HTTP interface that its client's types do not have. */
function asked(options: Readonly<Record<string, string>>): { searchParams: URLSearchParams } {
  return { searchParams: options as unknown as URLSearchParams };
}

/** One Kubo node, by its RPC API. Nothing that it says is believed but that it keeps what it says. */
export class KuboNode {
  readonly #options: Required<Omit<KuboNodeOptions, "authorization">>;
  readonly #client: KuboRPCClient;
  readonly #clock: Clock;

  /** @throws `STORAGE_INVALID_SERVER` unless the URL is an http or https one. */
  constructor({ authorization, ...options }: KuboNodeOptions, { clock }: { clock: Clock }) {
    if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url)) {
      throw new BaseError("STORAGE_INVALID_SERVER", "This is not the URL of a Kubo node's API.", {
        next: 'Give one such as "http://127.0.0.1:5001".',
      });
    }
    this.#options = {
      ownMilliseconds: 10_000,
      peersMilliseconds: 5_000,
      addMilliseconds: 60_000,
      ...options,
    };
    this.#clock = clock;
    this.#client = create({
      url: options.url,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    });
  }

  /** The blocks on the node's own disk: it asks nobody else for them. */
  get own(): BlockSource {
    const milliseconds = this.#options.ownMilliseconds;
    return this.#blocks({ milliseconds, isMissingAfter: false }, { offline: "true" });
  }

  /** The blocks that the node has or gets from its peers in time. */
  get peers(): BlockSource {
    const milliseconds = this.#options.peersMilliseconds;
    return this.#blocks(
      { milliseconds: milliseconds + ANSWER_MILLISECONDS, isMissingAfter: true },
      { timeout: `${milliseconds}ms` },
    );
  }

  /**
   * Adds a file and pins it.
   *
   * @returns The CID that the node gave it.
   * @throws `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`.
   */
  async add(bytes: Uint8Array): Promise<string> {
    const { cid } = await this.#ask(this.#options.addMilliseconds, (signal) =>
      this.#client.add(bytes, {
        ...LAYOUT,
        ...asked({ "max-file-links": String(linksPerNode) }),
        pin: true,
        signal,
      }),
    );
    return cid.toString();
  }

  /** Pins a file that the node has, or can get. @throws `STORAGE_NOT_FOUND`, `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`. */
  async pin(digest: Digest): Promise<void> {
    await this.#ask(this.#options.addMilliseconds, (signal) =>
      this.#client.pin.add(CID.parse(cidOf(digest)), { recursive: true, signal }),
    );
  }

  /** Pins a file no longer; of one that is not pinned nothing is to be done. @throws `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`. */
  async unpin(cid: string): Promise<void> {
    try {
      await this.#ask(this.#options.ownMilliseconds, (signal) =>
        this.#client.pin.rm(CID.parse(cid), { recursive: true, signal }),
      );
    } catch (error) {
      if (error instanceof BaseError && /not pinned|pinned indirectly/.test(error.details ?? "")) return;
      throw error;
    }
  }

  #blocks(
    { milliseconds, isMissingAfter }: { milliseconds: number; isMissingAfter: boolean },
    options: Readonly<Record<string, string>>,
  ): BlockSource {
    const getBlock = async (digest: Digest): Promise<Uint8Array> => {
      const cid = CID.parse(cidOf(digest));
      const bytes = await this.#ask(
        milliseconds,
        (signal) => this.#client.block.get(cid, { ...asked(options), signal }),
        { digest, isMissingAfter },
      );
      verifyBlock(digest, bytes, `The Kubo node ${shownUrl(this.#options.url)}`);
      return bytes;
    };
    return {
      getBlock,
      checkBlock: async (digest) => {
        await getBlock(digest);
      },
    };
  }

  async #ask<T>(
    milliseconds: number,
    work: (signal: AbortSignal) => Promise<T>,
    block?: AskedBlock,
  ): Promise<T> {
    try {
      return await withTimeout({ clock: this.#clock, milliseconds }, work);
    } catch (cause) {
      throw this.#error(cause, milliseconds, block);
    }
  }

  #error(cause: unknown, milliseconds: number, block: AskedBlock | undefined): BaseError {
    const url = shownUrl(this.#options.url);
    const { name, message: said } = cause instanceof Error ? cause : { name: "", message: String(cause) };
    const message = withoutKeys(said, this.#options.url);
    const status = (cause as { response?: { status?: number } }).response?.status;
    const isSlow = name === "TimeoutError";
    if (
      block !== undefined &&
      ((isSlow && block.isMissingAfter) || /not found|could not find/i.test(message))
    ) {
      return new BaseError("STORAGE_NOT_FOUND", `${url} does not have block ${cidOf(block.digest)}.`, {
        details: isSlow ? "No peer of its gave it in time." : message,
        next: "Wait until it is put, or add the gateway of somebody who has it.",
        retryable: true,
      });
    }
    if (status !== undefined && status < 500 && status !== 408 && status !== 429) {
      return new BaseError("STORAGE_REFUSED", `The Kubo node ${url} refused the request.`, {
        details: `HTTP status ${status}: ${message}`,
        next: "See API.Authorizations of its configuration, and storage.authorization of the node file.",
        cause,
      });
    }
    const failure = status === undefined ? withoutKeys(fetchFailure(cause), this.#options.url) : message;
    return new BaseError("STORAGE_UNREACHABLE", `The Kubo node ${url} does not work.`, {
      details: isSlow ? `No answer within ${milliseconds} ms.` : failure,
      next: "Check that it runs and that its API's address is right.",
      retryable: true,
      cause,
    });
  }
}
