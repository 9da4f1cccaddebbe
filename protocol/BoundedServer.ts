import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

import { BaseError } from "./BaseError.ts";
import { type Clock, systemClock } from "./Clock.ts";
import { listenError } from "./listenError.ts";
import { HEALTH_PATH, type HealthSource } from "./PartHealth.ts";
import { PeerLimit } from "./PeerLimit.ts";
import type { ListenPlace, ServerTls } from "./ServerTls.ts";

/** What one address may ask. A relayer asks a validator a few times a second for each route on which something waits. */
export const PEER_LIMIT = { perSecond: 500, burst: 1000 };
/**
 * Most connections at a time, in all and of one address. A further one takes the place of one of its address that no
 * request is answered on; or, when there are too many in all, of one of the address that has most, if those are more
 * than its own. Else it is cut.
 */
export const MOST_CONNECTIONS = { all: 4096, ofAnAddress: 512 };
/** How long a request may take to come in, and how long a connection may say nothing before it, milliseconds. */
const REQUEST_MILLISECONDS = 5000;
/** How often connections are looked at for that, milliseconds. */
const CHECK_MILLISECONDS = 1000;
/** How long an answer may take until the client has all of it, milliseconds. */
export const ANSWER_MILLISECONDS = 30_000;
/** Most bytes of a request's headers. */
const HEADER_BYTES = 4096;

/** Answers a request. What it throws is answered by `onFailure`. */
export type BoundedAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** What a bounded server is. */
export interface BoundedServerOptions {
  /** Names it in errors, such as "the relay". */
  purpose: string;
  /** Whether what comes from an address is not bounded for itself, only in all; of none unless given. */
  isOwn?: (address: string) => boolean;
  /** Most connections, unless given {@link MOST_CONNECTIONS}. */
  mostConnections?: typeof MOST_CONNECTIONS;
  /**
   * Whether the answer to a request may go on without an end, so that it is not cut after its time: whoever gives such
   * answers bounds how many there are, and ends those that nobody reads. None unless given.
   */
  isLong?: (request: IncomingMessage) => boolean;
}

/** What a bounded server works with. */
export interface BoundedServerModules {
  /** Tells how the server's part is, to whoever asks for `/health`; unless given, that it answers. */
  health?: HealthSource;
  answer: BoundedAnswer;
  /** Answers a request that failed, if it still can be. */
  onFailure: (request: IncomingMessage, response: ServerResponse, error: unknown) => void;
  /** Told what goes wrong with the server itself once it listens. */
  onError?: (error: unknown) => void;
  clock?: Clock;
}

/**
 * An HTTP server that strangers reach: no few addresses can have all of its connections
 * or its time, and nobody keeps one without asking or without reading the answer.
 */
export class BoundedServer {
  readonly #options: Required<BoundedServerOptions>;
  readonly #modules: BoundedServerModules;
  #server: Server | undefined;
  readonly #limit: PeerLimit;
  /** Connections of each address that has any, in the order in which they came. */
  readonly #connections = new Map<string, Set<Socket>>();
  /** Those on which a request is answered, by their other ends. */
  readonly #busy = new Set<string>();

  constructor(options: BoundedServerOptions, modules: BoundedServerModules) {
    this.#options = {
      isOwn: () => false,
      mostConnections: MOST_CONNECTIONS,
      isLong: () => false,
      ...options,
    };
    this.#modules = modules;
    this.#limit = new PeerLimit(PEER_LIMIT, { clock: modules.clock ?? systemClock });
  }

  /** Starts listening; returns where. @throws `PORT_IN_USE`, `LISTEN_FAILED`, `TLS_INVALID`. */
  async listen({ host, port, tls }: ListenPlace): Promise<AddressInfo> {
    const server = this.#make(tls);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException) =>
        reject(listenError({ host, port, purpose: this.#options.purpose }, cause));
      server.once("error", fail);
      server.listen(port, host, () => {
        server.off("error", fail);
        // Such as too many open files: a connection is lost, the server goes on.
        server.on("error", (error) => this.#modules.onError?.(error));
        resolve();
      });
    });
    return server.address() as AddressInfo;
  }

  /** How many connections there are now. */
  get connections(): number {
    return [...this.#connections.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Stops at once: requests under way fail at the client. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    // Those that have not said yet who they are, too.
    for (const sockets of this.#connections.values()) for (const socket of sockets) socket.destroy();
    await closed;
  }

  #make(tls: ServerTls | undefined): Server {
    const bounds = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: REQUEST_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
    };
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) =>
        this.#modules.onFailure(request, response, error),
      );
    };
    const server =
      tls === undefined
        ? createServer(bounds, answer)
        : makeTlsServer({ ...bounds, handshakeTimeout: REQUEST_MILLISECONDS }, tls, answer);
    // Of TLS as well this is before anything was said.
    server.on("connection", (socket) => this.#admit(socket));
    return server;
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const own = this.#connections.get(address) ?? new Set();
    if (!this.#makeRoom(address, own)) {
      socket.destroy();
      return;
    }
    own.add(socket);
    this.#connections.set(address, own);
    const end = otherEnd(socket);
    socket.once("close", () => this.#forget(address, socket, end));
  }

  /** Cuts a connection where there are too many; whether there is room for one more of an address then. */
  #makeRoom(address: string, own: ReadonlySet<Socket>): boolean {
    const { isOwn, mostConnections } = this.#options;
    if (own.size >= mostConnections.ofAnAddress && !isOwn(address)) {
      const idle = [...own].find((socket) => !this.#busy.has(otherEnd(socket)));
      return idle !== undefined && this.#cut(address, idle);
    }
    const all = [...this.#connections];
    if (this.connections < mostConnections.all) return true;
    const [whose, most] = all.reduce((top, one) => (one[1].size > top[1].size ? one : top));
    if (most.size <= own.size) return false;
    const sockets = [...most];
    return this.#cut(whose, sockets.find((socket) => !this.#busy.has(otherEnd(socket))) ?? sockets[0]!);
  }

  #cut(address: string, socket: Socket): true {
    this.#forget(address, socket, otherEnd(socket));
    socket.destroy();
    return true;
  }

  #forget(address: string, socket: Socket, end: string): void {
    this.#busy.delete(end);
    const left = this.#connections.get(address);
    left?.delete(socket);
    if (left?.size === 0) this.#connections.delete(address);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const timer = this.#options.isLong(request)
      ? undefined
      : setTimeout(() => request.socket.destroy(), ANSWER_MILLISECONDS).unref();
    const end = otherEnd(request.socket);
    this.#busy.add(end);
    response.once("close", () => {
      clearTimeout(timer);
      this.#busy.delete(end);
    });
    const address = request.socket.remoteAddress ?? "";
    if (!this.#options.isOwn(address) && !this.#limit.take(address)) {
      const message = `An address may ask ${PEER_LIMIT.perSecond} times a second.`;
      // The request's body is not read, so the connection cannot be used again.
      if (!request.complete) response.setHeader("connection", "close");
      return sendJson(response, 429, { error: "TOO_MANY_REQUESTS", message });
    }
    if (request.method === "GET" && request.url?.split("?", 1)[0] === HEALTH_PATH) {
      const { health = () => ({ ok: true }) } = this.#modules;
      const found = health();
      return sendJson(response, found.ok ? 200 : 503, found);
    }
    await this.#modules.answer(request, response);
  }
}

/** The other end of a connection: the same of a connection and of what is encrypted on it. */
function otherEnd({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function makeTlsServer(
  bounds: Parameters<typeof createTlsServer>[0],
  { certificate, key, clientAuthorities }: ServerTls,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const clients =
    clientAuthorities === undefined
      ? {}
      : { ca: [...clientAuthorities], requestCert: true, rejectUnauthorized: true };
  try {
    return createTlsServer({ ...bounds, cert: certificate, key, ...clients }, answer);
  } catch (cause) {
    // What the system says of a key has nothing of it.
    throw new BaseError("TLS_INVALID", "The server's certificate and key cannot be used.", {
      details: cause instanceof Error ? cause.message : String(cause),
      next: "See that both are PEM, that the key is the certificate's, and that it is not encrypted.",
      cause,
    });
  }
}

/** Answers with JSON, unless an answer has begun or nobody is there any more. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}
