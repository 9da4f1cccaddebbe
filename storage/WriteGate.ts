import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { PeerLimit } from "../protocol/PeerLimit.ts";
import type { BlockStore } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import type { Holdings } from "./Holdings.ts";
import { isSignedBy, readCredentials, SIGNATURE_SCHEME } from "./writeSignature.ts";

/** How far a signature's time may be from this server's, milliseconds, before and after. */
export const SIGNATURE_MILLISECONDS = 60_000;
/** How many signatures are examined of an address of the network: each costs milliseconds. */
const EXAMINED = { perSecond: 200, burst: 512 };
/** How many unknown signers are looked up for an address of the network: each costs a question to every chain. */
const LOOKED_UP = { perSecond: 5, burst: 32 };
/** How long it is believed that somebody may write, or may not, milliseconds. */
const BELIEVED_MILLISECONDS = 60_000;
/** Signers that are remembered; who was looked up longest ago is forgotten first. */
const MOST_REMEMBERED = 10_000;
/** Least characters of a token: fewer can be guessed. */
export const LEAST_TOKEN_CHARACTERS = 32;

/** How a {@link WriteGate} lets in. */
export interface WriteGateOptions {
  /** This server's name and port, as writers have them in its URL: what was signed for another is refused. */
  host: string;
  /** Whose each token is. */
  tokens?: readonly { writer: string; token: string }[];
  /** Most bytes that are kept for each writer. */
  mostBytes: number;
  /** Whether what was said to this server cannot have been overheard: else tokens are refused. */
  isSecret: boolean;
}

/** What a {@link WriteGate} works with. */
export interface WriteGateModules {
  blocks: BlockStore;
  holdings: Holdings;
  clock: Clock;
  /** Whether an address may write, in lower-case letters. Throws when that cannot be told now. */
  isWriter: (address: string) => Promise<boolean>;
}

/**
 * Who may add blocks to a server that others reach, and how many: whoever has a token, and whoever's signature of this one
 * write for this one server is of an address that may. Every writer has a quota of bytes.
 */
export class WriteGate {
  readonly #options: WriteGateOptions;
  readonly #modules: WriteGateModules;
  readonly #tokens: readonly { writer: string; digest: Buffer }[];
  readonly #examined: PeerLimit;
  readonly #lookedUp: PeerLimit;
  /** Whether a signer may write, as it was found last. */
  readonly #signers = new Map<string, { mayWrite: boolean; until: number }>();
  /** Signers that the chains are being asked about. */
  readonly #asked = new Map<string, Promise<boolean>>();

  /** @throws `STORAGE_TOKEN_WEAK` for a token that can be guessed, or that two writers have. */
  constructor(options: WriteGateOptions, modules: WriteGateModules) {
    this.#options = options;
    this.#modules = modules;
    this.#tokens = (options.tokens ?? []).map(({ writer, token }) => {
      if (token.length < LEAST_TOKEN_CHARACTERS) throw weak(writer, `It has ${token.length} characters.`);
      return { writer, digest: digestOf(token) };
    });
    for (const [index, { writer, digest }] of this.#tokens.entries()) {
      const other = this.#tokens.slice(0, index).find((one) => one.digest.equals(digest));
      if (other !== undefined) throw weak(writer, `It is that of ${other.writer} as well.`);
    }
    this.#examined = new PeerLimit(EXAMINED, modules);
    this.#lookedUp = new PeerLimit(LOOKED_UP, modules);
  }

  /**
   * Who a request is from, if he may write.
   *
   * @throws `STORAGE_UNAUTHORIZED` without leave that holds; `STORAGE_FORBIDDEN` of a signer who may not write;
   * `STORAGE_BUSY` when there is too much to examine, or it cannot be told now who may write.
   */
  async writerOf(request: IncomingMessage): Promise<string> {
    const [scheme = "", secret = ""] = (request.headers.authorization ?? "").split(" ", 2);
    switch (scheme.toLowerCase()) {
      case "bearer":
        return this.#writerOfToken(secret);
      case SIGNATURE_SCHEME.toLowerCase():
        return this.#writerOfSignature(secret, request);
      default:
        throw unauthorized("It has neither a token nor a signature.");
    }
  }

  /**
   * Keeps a block for a writer.
   *
   * @throws `STORAGE_QUOTA` when he has no room left; whatever `putBlock` throws.
   */
  async keep(writer: string, digest: Digest, bytes: Uint8Array): Promise<void> {
    const { blocks, holdings, clock } = this.#modules;
    const { mostBytes } = this.#options;
    const isNew = !holdings.isHeldBy(writer, digest);
    // Noted first: nothing is kept that counts for nobody.
    if (!holdings.hold({ writer, digest, bytes: bytes.length, at: Math.floor(clock.now()) }, mostBytes)) {
      throw new BaseError("STORAGE_QUOTA", `There is no room left for ${writer}.`, {
        details: `${holdings.bytesOf(writer)} bytes of at most ${mostBytes} are kept, and ${bytes.length} more were sent.`,
        next: "What no open task needs is removed in time; or ask whoever runs this server for a larger quota.",
      });
    }
    try {
      await blocks.putBlock(digest, bytes);
    } catch (error) {
      if (isNew) holdings.drop(writer, digest);
      throw error;
    }
  }

  #writerOfToken(token: string): string {
    const { isSecret } = this.#options;
    if (!isSecret) {
      throw unauthorized(
        "A token is taken over TLS only: others may have read this one on its way. Replace it.",
      );
    }
    const digest = digestOf(token);
    const known = this.#tokens.find((one) => timingSafeEqual(one.digest, digest));
    if (known === undefined) throw unauthorized("Nobody has this token.");
    return known.writer;
  }

  async #writerOfSignature(encoded: string, request: IncomingMessage): Promise<string> {
    const { clock, holdings } = this.#modules;
    const { host } = this.#options;
    const peer = request.socket.remoteAddress ?? "";
    const credentials = readCredentials(encoded);
    const { timeMs, nonce } = credentials;
    const now = clock.now();
    if (Math.abs(now - timeMs) > SIGNATURE_MILLISECONDS) {
      const seconds = Math.round((now - timeMs) / 1000);
      throw unauthorized(
        `It was signed ${Math.abs(seconds)} s ${seconds > 0 ? "ago" : "ahead"} by this server's clock; at most ${SIGNATURE_MILLISECONDS / 1000} s are taken.`,
      );
    }
    if (!this.#examined.take(peer)) throw busy("Too many signatures came from this address.");
    const path = (request.url ?? "").split("?", 1)[0]!;
    if (request.method !== "PUT" || !isSignedBy(credentials, { host, path })) {
      throw unauthorized(`The signature is not of this write to ${host}, or not of ${credentials.address}.`);
    }
    const address = credentials.address.toLowerCase();
    if (!(await this.#mayWrite(address, peer))) {
      throw new BaseError("STORAGE_FORBIDDEN", `${credentials.address} may not add blocks here.`, {
        details:
          "It is neither an aggregator of the network, nor a registered worker, nor listed by this server.",
        next: "Ask whoever runs this server to list it (storageServer.writers), or put files elsewhere.",
      });
    }
    // After the clock's time has passed it is refused for that.
    if (!holdings.useOnce(nonce, { now, until: timeMs + SIGNATURE_MILLISECONDS })) {
      throw unauthorized("This signature was used before.");
    }
    return address;
  }

  async #mayWrite(address: string, peer: string): Promise<boolean> {
    const known = this.#signers.get(address);
    if (known !== undefined && this.#modules.clock.now() < known.until) return known.mayWrite;
    // The blocks of a file come together: one question is enough for all of them.
    let asked = this.#asked.get(address);
    if (asked === undefined) {
      if (!this.#lookedUp.take(peer)) throw busy("Too many unknown signers came from this address.");
      asked = this.#lookUp(address).finally(() => this.#asked.delete(address));
      this.#asked.set(address, asked);
    }
    return asked;
  }

  async #lookUp(address: string): Promise<boolean> {
    const { clock, isWriter } = this.#modules;
    let mayWrite: boolean;
    try {
      mayWrite = await isWriter(address);
    } catch (cause) {
      throw busy("The chains do not tell now who may write.", cause);
    }
    this.#signers.delete(address);
    this.#signers.set(address, { mayWrite, until: clock.now() + BELIEVED_MILLISECONDS });
    for (const first of this.#signers.keys()) {
      if (this.#signers.size <= MOST_REMEMBERED) break;
      this.#signers.delete(first);
    }
    return mayWrite;
  }
}

function digestOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

function unauthorized(details: string): BaseError {
  return new BaseError("STORAGE_UNAUTHORIZED", "This server takes blocks only from writers whom it knows.", {
    details,
    next: "Send a token of this server's, or sign the write with a key that it knows.",
  });
}

function busy(details: string, cause?: unknown): BaseError {
  return new BaseError("STORAGE_BUSY", "It cannot be told now whether this writer may write.", {
    details,
    next: "Ask again later.",
    retryable: true,
    cause,
  });
}

function weak(writer: string, details: string): BaseError {
  return new BaseError("STORAGE_TOKEN_WEAK", `The token of ${writer} is of no use.`, {
    details,
    next: `Make one of at least ${LEAST_TOKEN_CHARACTERS} characters for each writer, such as with: openssl rand -hex 32`,
  });
}
