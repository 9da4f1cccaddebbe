import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { BaseError } from "../protocol/BaseError.ts";
import { BoundedServer } from "../protocol/BoundedServer.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";
import { type BlockStore, maxBlockBytes } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf, digestOfCid } from "./contentId.ts";
import { isLoopbackAddress, signOfOutsider } from "./signOfOutsider.ts";
import type { WriteGate } from "./WriteGate.ts";
import { SIGNATURE_SCHEME } from "./writeSignature.ts";

/** Where a {@link BlockServer} listens. Default: "127.0.0.1", this machine only, at any free port, without TLS. */
export interface BlockServerOptions extends Partial<ListenPlace> {
  /** Whether it takes no blocks, from processes of this machine either. Default: false. */
  readOnly?: boolean;
}

/** What happens in a {@link BlockServer}. */
export type BlockServerEvent =
  | { type: "blockServed"; digest: Digest; bytes: number }
  | { type: "blockStored"; digest: Digest; bytes: number }
  | { type: "requestRefused"; status: number; error: BaseError }
  | { type: "requestFailed"; status: number; error: BaseError };

/** What a {@link BlockServer} works with. */
export interface BlockServerModules {
  /** The blocks to serve and to add to. */
  blocks: BlockStore;
  /**
   * Who may add blocks. Without, processes of this machine may, as long as only they reach the server: where it is bound
   * to another address, nobody may.
   */
  gate?: WriteGate;
  /** Told of every request's outcome. */
  onEvent?: (event: BlockServerEvent) => void;
}

/** The empty block of the specification's probe: every trustless gateway has it. */
const probeCid = "bafkqaaa";
const rawType = "application/vnd.ipld.raw";
const routes = "GET or HEAD /ipfs/{cid}?format=raw, PUT /blocks/{cid}";

const statusOfCode: Readonly<Record<string, number>> = {
  STORAGE_BAD_REQUEST: 400,
  STORAGE_INVALID_CID: 400,
  STORAGE_UNAUTHORIZED: 401,
  STORAGE_FORBIDDEN: 403,
  STORAGE_NO_ROUTE: 404,
  STORAGE_NOT_FOUND: 404,
  STORAGE_BLOCK_TOO_LARGE: 413,
  STORAGE_BUSY: 503,
  STORAGE_QUOTA: 507,
};
/** What the system says of a disk without room. */
const FULL_DISK = new Set(["ENOSPC", "EDQUOT"]);

/**
 * Serves blocks to other processes as an IPFS trustless gateway, and takes
 * blocks from processes of this machine, or from whom its gate lets in. Whoever reads checks the digest, so
 * the server need not be trusted; it still checks every block itself and
 * serves no corrupted one.
 *
 * @example
 * const server = new BlockServer({ port: 9310 }, { blocks: store.blocks });
 * const url = await server.listen(); // "http://127.0.0.1:9310"
 * await server.close();
 */
export class BlockServer {
  readonly #options: ListenPlace & { readOnly: boolean };
  readonly #modules: BlockServerModules;
  readonly #server: BoundedServer;

  constructor(options: BlockServerOptions, modules: BlockServerModules) {
    this.#options = { host: "127.0.0.1", port: 0, readOnly: false, ...options };
    this.#modules = modules;
    this.#server = new BoundedServer(
      {
        purpose: "the block server",
        // Workers of this machine read and write as fast as they can; where others reach it, a proxy may be here too.
        isOwn: (address) => this.#isThisMachineOnly && isLoopbackAddress(address),
      },
      {
        answer: (request, response) => this.#answer(request, response),
        onFailure: (request, response, error) => this.#refuse(request, response, error),
        onError: (error) => this.#failed(500, asBaseError(error)),
      },
    );
  }

  /** Answers a request that another server was sent. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((error: unknown) => this.#refuse(request, response, error));
  }

  /**
   * Starts listening; returns the URL to give to a {@link RemoteStore}.
   *
   * @throws `PORT_IN_USE`; `LISTEN_FAILED` for any other reason, such as an
   * address that is not this machine's.
   */
  async listen(): Promise<string> {
    const address = await this.#server.listen(this.#options);
    const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return `http${this.#options.tls === undefined ? "" : "s"}://${name}:${address.port}`;
  }

  /** How many connections it has now. */
  get connections(): number {
    return this.#server.connections;
  }

  /** Stops at once: open connections are cut, requests under way fail at the client. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const [, room, cid = "", ...rest] = path.split("/");
    const { method } = request;
    if (room === "ipfs" && (method === "GET" || method === "HEAD")) {
      if (rest.length > 0) throw badRequest("A raw block has no path below its CID.");
      if (!asksForRaw(request, query)) throw badRequest("Only raw blocks are served: add ?format=raw.");
      return this.#serve(cid, method === "HEAD", response);
    }
    if (room === "blocks" && method === "PUT" && rest.length === 0 && !this.#options.readOnly) {
      return this.#store(cid, request, response);
    }
    throw new BaseError("STORAGE_NO_ROUTE", "There is nothing here.", { next: `Routes: ${routes}.` });
  }

  async #serve(cid: string, headOnly: boolean, response: ServerResponse): Promise<void> {
    if (cid === probeCid) return send(response, 200, blockHeaders(cid, 0));
    const digest = digestOfCid(cid);
    const bytes = await this.#modules.blocks.getBlock(digest);
    send(response, 200, blockHeaders(cid, bytes.length), headOnly ? undefined : bytes);
    this.#modules.onEvent?.({ type: "blockServed", digest, bytes: bytes.length });
  }

  async #store(cid: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gate, blocks } = this.#modules;
    const writer = gate === undefined ? this.#requireThisMachine(request) : await gate.writerOf(request);
    const digest = digestOfCid(cid);
    const bytes = await readBody(request);
    try {
      if (gate === undefined || writer === undefined) await blocks.putBlock(digest, bytes);
      else await gate.keep(writer, digest, bytes);
    } catch (error) {
      // Of a block being put, corrupted can only be what was sent.
      if (!(error instanceof BaseError && error.code === "STORAGE_CORRUPT")) throw error;
      throw badRequest(`These ${bytes.length} bytes are not those of block ${cidOf(digest)}.`);
    }
    send(response, 201, { location: `/ipfs/${cidOf(digest)}?format=raw`, "content-length": 0 });
    this.#modules.onEvent?.({ type: "blockStored", digest, bytes: bytes.length });
  }

  get #isThisMachineOnly(): boolean {
    const { host } = this.#options;
    return host === "localhost" || (isIP(host) !== 0 && isLoopbackAddress(host));
  }

  /** @throws `STORAGE_FORBIDDEN` unless a request is of a process of this machine, and no others' could be. */
  #requireThisMachine(request: IncomingMessage): undefined {
    const outsider = this.#isThisMachineOnly
      ? signOfOutsider(request)
      : "Others reach this server, and nobody is named who may write.";
    if (outsider === undefined) return;
    throw new BaseError("STORAGE_FORBIDDEN", "Only processes of this machine may add blocks.", {
      details: outsider,
      next: "Put the file into your own store and let others read it there.",
    });
  }

  #failed(status: number, error: BaseError): void {
    this.#modules.onEvent?.({ type: status < 500 ? "requestRefused" : "requestFailed", status, error });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    const error = asBaseError(cause);
    const status = isFullDisk(error) ? 507 : (statusOfCode[error.code] ?? 500);
    this.#failed(status, error);
    if (response.headersSent || response.destroyed) return;
    const text = Buffer.from(`${error.message}\n`);
    // What is left of a refused body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader("connection", "close");
    const headers = {
      ...(status === 401 && { "www-authenticate": `Bearer, ${SIGNATURE_SCHEME}` }),
      "content-type": "text/plain; charset=utf-8",
      "content-length": text.length,
      "cache-control": "no-store",
      "x-freshet-error": error.code,
    };
    send(response, status, headers, request.method === "HEAD" ? undefined : text);
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  body?: Uint8Array,
): void {
  response.writeHead(status, { "x-content-type-options": "nosniff", ...headers });
  response.end(body);
}

function blockHeaders(cid: string, length: number): Record<string, string | number> {
  return {
    "content-type": rawType,
    "content-length": length,
    "content-disposition": `attachment; filename="${cid}.bin"`,
    etag: `"${cid}.raw"`,
    "cache-control": "public, max-age=29030400, immutable",
  };
}

function asksForRaw(request: IncomingMessage, query: string): boolean {
  const format = new URLSearchParams(query).get("format");
  return format === null ? (request.headers.accept ?? "").includes(rawType) : format === "raw";
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBlockBytes) throw tooLarge(declared);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // The stream stays open after a refusal, or the answer could not be sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBlockBytes) throw tooLarge(length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof BaseError ? error : badRequest("The client left in the middle of a block.");
  }
  return Buffer.concat(chunks);
}

function isFullDisk({ code, cause }: BaseError): boolean {
  return code === "STORAGE_IO" && FULL_DISK.has((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
}

function asBaseError(cause: unknown): BaseError {
  if (cause instanceof BaseError) return cause;
  const details = cause instanceof Error ? cause.message : String(cause);
  return new BaseError("STORAGE_FAILED", "The block server failed.", { details, cause });
}

function badRequest(shortMessage: string): BaseError {
  return new BaseError("STORAGE_BAD_REQUEST", shortMessage, { next: `Routes: ${routes}.` });
}

function tooLarge(length: number): BaseError {
  return new BaseError("STORAGE_BLOCK_TOO_LARGE", "The block is too large.", {
    details: `It has at least ${length} bytes; the limit is ${maxBlockBytes}.`,
  });
}
