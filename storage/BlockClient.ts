import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { certificateFault, fetchFailure } from "../protocol/fetchFailure.ts";
import { shownUrl, withoutKeys } from "../protocol/shownUrl.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import { type BlockStore, maxBlockBytes } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf } from "./contentId.ts";
import { verifyBlock } from "./verifyBlock.ts";

/** How one block server is reached. */
export interface BlockClientOptions {
  /** Its base URL, such as "http://127.0.0.1:9310". */
  url: string;
  /** How long one request may take, answer included. */
  timeoutMilliseconds: number;
  /** Whether a gateway is asked only for what it has, not for what it would have to look for. Default: false. */
  onlyWhatItHas?: boolean;
}

/**
 * What lets a writer in, as the header `Authorization` has it.
 *
 * @param write - `host`: the server's name and port as its URL has them; `path`: what is put, such as "/blocks/Qm…".
 */
export type AuthorizeWrite = (write: { host: string; path: string }) => Promise<string>;

/** What {@link BlockClient} works with. */
export interface BlockClientModules {
  fetch: typeof fetch;
  clock: Clock;
  /** What lets it write; nothing unless given, as servers on this machine need. */
  authorize?: AuthorizeWrite | undefined;
}

interface Answer {
  status: number;
  /** The code that a {@link BlockServer} gives to a refusal. */
  errorCode: string | null;
  body: Uint8Array;
}

const maxQuotedCharacters = 200;

/**
 * The blocks behind one block server. Nothing that it says is believed: a
 * block is hashed before it is returned, and an answer is read no further than
 * a block can be long. Asks once; retries are {@link BlockFallback}'s.
 *
 * @example
 * const options = { url: "http://127.0.0.1:9310", timeoutMilliseconds: 10_000 };
 * const block = await new BlockClient(options, { fetch, clock }).getBlock(digest);
 */
export class BlockClient implements BlockStore {
  readonly #base: string;
  /** The same as it may be told. */
  readonly #shown: string;
  readonly #timeoutMilliseconds: number;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  readonly #authorize: AuthorizeWrite | undefined;
  readonly #onlyWhatItHas: boolean;

  /** @throws `STORAGE_INVALID_SERVER` unless the URL is an http or https one. */
  constructor(options: BlockClientOptions, modules: BlockClientModules) {
    this.#base = baseUrl(options.url);
    this.#shown = shownUrl(this.#base);
    this.#timeoutMilliseconds = options.timeoutMilliseconds;
    this.#fetch = modules.fetch;
    this.#clock = modules.clock;
    this.#authorize = modules.authorize;
    this.#onlyWhatItHas = options.onlyWhatItHas ?? false;
  }

  async getBlock(digest: Digest): Promise<Uint8Array> {
    const answer = await this.#ask("GET", `ipfs/${cidOf(digest)}?format=raw`);
    if (answer.status !== 200) throw this.#readError(digest, answer);
    verifyBlock(digest, answer.body, `The answer of ${this.#shown}`);
    return answer.body;
  }

  async checkBlock(digest: Digest): Promise<void> {
    const answer = await this.#ask("HEAD", `ipfs/${cidOf(digest)}?format=raw`);
    if (answer.status !== 200) throw this.#readError(digest, answer);
  }

  async putBlock(digest: Digest, bytes: Uint8Array): Promise<void> {
    verifyBlock(digest, bytes, "The caller of putBlock");
    const answer = await this.#ask("PUT", `blocks/${cidOf(digest)}`, bytes);
    if (answer.status >= 200 && answer.status < 300) return;
    if (answer.status === 507) throw this.#full(answer);
    if (isPassing(answer.status)) throw this.#unreachable(this.#quote(answer));
    throw this.#refused(answer);
  }

  async #ask(method: "GET" | "HEAD" | "PUT", route: string, body?: Uint8Array): Promise<Answer> {
    const timeout = { clock: this.#clock, milliseconds: this.#timeoutMilliseconds };
    const headers: Record<string, string> = { accept: "application/vnd.ipld.raw" };
    if (this.#onlyWhatItHas) headers["cache-control"] = "only-if-cached";
    const { host, pathname } = new URL(`${this.#base}${route}`);
    if (method === "PUT" && this.#authorize !== undefined)
      headers.authorization = await this.#authorize({ host, path: pathname });
    try {
      return await withTimeout(timeout, async (signal) => {
        const response = await this.#fetch(`${this.#base}${route}`, {
          method,
          headers,
          signal,
          // A gateway may send its readers elsewhere; what lets a writer in is for this server alone.
          redirect: method === "PUT" ? "error" : "follow",
          ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        });
        return {
          status: response.status,
          errorCode: response.headers.get("x-freshet-error"),
          body: await readCapped(response),
        };
      });
    } catch (cause) {
      const fault = certificateFault(cause);
      if (fault !== undefined) throw this.#untrusted(fault, cause);
      const isSlow = cause instanceof Error && cause.name === "TimeoutError";
      const why = isSlow ? `No answer within ${this.#timeoutMilliseconds} ms.` : fetchFailure(cause);
      throw this.#unreachable(why, cause);
    }
  }

  #readError(digest: Digest, answer: Answer): BaseError {
    // 412: it would have to look for it.
    if (answer.status === 404 || answer.status === 410 || (this.#onlyWhatItHas && answer.status === 412)) {
      return new BaseError("STORAGE_NOT_FOUND", `${this.#shown} does not have block ${cidOf(digest)}.`, {
        next: "Wait until it is put, or add a server that has it.",
        retryable: true,
      });
    }
    if (answer.errorCode === "STORAGE_CORRUPT") {
      return new BaseError("STORAGE_CORRUPT", `Block ${cidOf(digest)} is corrupted at ${this.#shown}.`, {
        details: this.#quote(answer),
        next: "Put the file there again to repair it, or add another server.",
      });
    }
    return isPassing(answer.status) ? this.#unreachable(this.#quote(answer)) : this.#refused(answer);
  }

  #unreachable(details: string, cause?: unknown): BaseError {
    return new BaseError("STORAGE_UNREACHABLE", `The block server ${this.#shown} does not work.`, {
      details,
      next: "Check that it runs and that its address is right.",
      retryable: true,
      cause,
    });
  }

  #untrusted(details: string, cause: unknown): BaseError {
    return new BaseError("STORAGE_UNTRUSTED", `The block server ${this.#shown} is not who it should be.`, {
      details: `${details} Nothing was sent to it.`,
      next: "If it is right, add its authority to tls.authorities of the node file; otherwise somebody is in between.",
      cause,
    });
  }

  /** What a server says, without what lets us in there. */
  #quote(answer: Answer): string {
    return withoutKeys(quote(answer), this.#base);
  }

  #full(answer: Answer): BaseError {
    return new BaseError("STORAGE_FULL", `The block server ${this.#shown} has no room for this writer.`, {
      details: this.#quote(answer),
      next: "Ask whoever runs it for more, or put less.",
    });
  }

  #refused(answer: Answer): BaseError {
    const next: Readonly<Record<number, string>> = {
      401: "Name a token of yours in the node file (storage.token), or run this with a key that the server knows.",
      403: "Ask whoever runs it to let this writer in, or put files into a store of your own.",
    };
    return new BaseError("STORAGE_REFUSED", `The block server ${this.#shown} refused the request.`, {
      details: this.#quote(answer),
      next: next[answer.status] ?? "Use a server that accepts it.",
    });
  }
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new BaseError("STORAGE_INVALID_SERVER", `"${text}" is not the URL of a block server.`, {
      next: 'Give one such as "http://127.0.0.1:9310".',
    });
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** Statuses that another attempt may not meet again. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function quote({ status, body }: Answer): string {
  const text = new TextDecoder().decode(body.subarray(0, maxQuotedCharacters)).trim();
  return text === "" ? `HTTP status ${status}.` : `HTTP status ${status}: ${text}`;
}

/** The body, or its first bytes once it is longer than any block. */
async function readCapped(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBlockBytes) break;
  }
  return Buffer.concat(chunks);
}
