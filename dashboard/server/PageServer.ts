import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";

import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import { BoundedServer, sendJson } from "../../protocol/BoundedServer.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { HealthSource } from "../../protocol/PartHealth.ts";
import type { ListenPlace } from "../../protocol/ServerTls.ts";
import { API } from "../api/routes.ts";
import type { Refusal } from "../api/values.ts";
import type { AuditDesk } from "./AuditDesk.ts";
import { BOUNDS } from "./bounds.ts";
import type { LiveHub } from "./LiveHub.ts";
import { noRoute, type PageAnswers } from "./PageAnswers.ts";
import type { PageListener } from "./PageEvent.ts";
import { taskId } from "./readQuestion.ts";
import type { StaticFile } from "./StaticFiles.ts";

const EVENTS = `${API}/events`;

/** What browsers are told of every answer: nothing is loaded from elsewhere, nothing within a document is run. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

const auditRequestSchema = z.strictObject({ reExecute: z.int().min(0).max(BOUNDS.reExecuted).default(0) });

/** Statuses of what is refused; anything else is a fault of ours. */
const STATUSES: Readonly<Record<string, number>> = {
  BAD_QUESTION: 400,
  NOT_ALLOWED: 405,
  NO_ROUTE: 404,
  UNKNOWN_TASK: 404,
  UNKNOWN_MESSAGE_ID: 404,
  UNKNOWN_MARKET: 404,
  NOT_KEPT: 410,
  TOO_MANY: 429,
  NOT_READY: 503,
};

/** What a page's server is. */
export interface PageServerOptions {
  place: ListenPlace;
  /** Names, besides addresses and localhost, under which it may be asked. */
  names: readonly string[];
}

/** What a page's server works with. */
export interface PageServerModules {
  answers: PageAnswers;
  audits: AuditDesk;
  hub: LiveHub;
  files: ReadonlyMap<string, StaticFile>;
  health: HealthSource;
  clock: Clock;
  listener: PageListener;
}

/**
 * Serves the page and what it shows. Reads only: the one thing that can be asked of it is an audit, where the operator
 * allows it, and by no other page than its own.
 */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #modules: PageServerModules;
  readonly #server: BoundedServer;
  readonly #listener: (request: IncomingMessage, response: ServerResponse) => unknown;

  constructor(options: PageServerOptions, modules: PageServerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#listener = getRequestListener(this.#app().fetch, { overrideGlobalObjects: false });
    const { health, clock, listener } = modules;
    this.#server = new BoundedServer(
      { purpose: "the page", isLong: ({ url }) => pathOf(url) === EVENTS },
      {
        health,
        answer: (request, response) => this.#answer(request, response),
        onFailure: (_, response, error) => {
          listener({ type: "trouble", error });
          sendJson(response, 500, INTERNAL);
        },
        onError: (error) => listener({ type: "trouble", error }),
        clock,
      },
    );
  }

  /** Starts listening; returns where. @throws `PORT_IN_USE`, `LISTEN_FAILED`, `TLS_INVALID`. */
  async listen(): Promise<{ url: string; port: number }> {
    const { host, tls } = this.#options.place;
    const { port } = await this.#server.listen(this.#options.place);
    const shown = isIP(host) === 6 ? `[${host}]` : host;
    return { url: `${tls === undefined ? "http" : "https"}://${shown}:${port}`, port };
  }

  /** How many connections there are now. */
  get connections(): number {
    return this.#server.connections;
  }

  async close(): Promise<void> {
    this.#modules.hub.close();
    await this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, listener } = this.#modules;
    const asked = clock.now();
    response.once("finish", () =>
      listener({ type: "answered", status: response.statusCode, milliseconds: clock.now() - asked }),
    );
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      // A body is not read, so the connection cannot be used again.
      if (!request.complete) response.setHeader("connection", "close");
      return sendJson(response, refusal.status, refusal.body);
    }
    if (pathOf(request.url) === EVENTS) return this.#events(request, response);
    await this.#listener(request, response);
  }

  /** Why a request is not even looked at. */
  #refusal(request: IncomingMessage): { status: number; body: Refusal } | undefined {
    const { host, origin } = request.headers;
    // A name that an attacker's name server lets point here: its page would read everything.
    if (!this.#isOurs(host)) {
      return {
        status: 421,
        body: {
          error: "WRONG_HOST",
          message: "This server is not asked under that name.",
          next: "Use its address or localhost, or start it with --name NAME.",
        },
      };
    }
    const { method = "" } = request;
    if (method === "GET" || method === "HEAD") return undefined;
    const isAudit = method === "POST" && /^\/api\/tasks\/\d{1,18}\/audit$/.test(pathOf(request.url));
    if (!isAudit || !this.#modules.audits.allowsAudits) {
      return {
        status: 405,
        body: {
          error: "NOT_ALLOWED",
          message: "This server is only read from.",
          next: "Use GET; audits on demand need a page that was started with --allow-audits.",
        },
      };
    }
    const own = [`http://${host}`, `https://${host}`];
    const isJson = /^application\/json\b/.test(request.headers["content-type"] ?? "");
    if (origin === undefined || !own.includes(origin) || !isJson) {
      return {
        status: 403,
        body: {
          error: "WRONG_ORIGIN",
          message: "Audits are asked for by this server's own page only, as JSON.",
          next: "Open the page, or type ./freshet audit.",
        },
      };
    }
    return undefined;
  }

  /** Whether a request is for this server: by an address, or by a name that it has. */
  #isOurs(host: string | undefined): boolean {
    if (host === undefined) return false;
    let name: string;
    try {
      name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
    } catch {
      return false;
    }
    const { place, names } = this.#options;
    return isIP(name) !== 0 || [place.host, "localhost", ...names].some((own) => own.toLowerCase() === name);
  }

  #events(request: IncomingMessage, response: ServerResponse): void {
    const { hub } = this.#modules;
    const address = request.socket.remoteAddress ?? "";
    if (!hub.hasRoomFor(address)) {
      sendJson(response, 503, {
        error: "TOO_MANY_VIEWERS",
        message: `${hub.viewers} look on already, or many from this address.`,
        next: "Close another window of the page.",
      } satisfies Refusal);
      return;
    }
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Some proxies gather what comes.
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const last = request.headers["last-event-id"];
    hub.attach(response, {
      address,
      topics: new URLSearchParams(queryOf(request.url)).get("topics") ?? undefined,
      lastId: typeof last === "string" ? last : undefined,
    });
  }

  #app(): Hono {
    const { answers, audits, files } = this.#modules;
    const app = new Hono();
    app.post(
      `${API}/tasks/:id/audit`,
      bodyLimit({
        maxSize: BOUNDS.bodyBytes,
        onError: (context) =>
          refused(context, 413, {
            error: "TOO_LARGE",
            message: `At most ${BOUNDS.bodyBytes} bytes are taken.`,
          }),
      }),
      async (context) => {
        const id = taskId(context.req.param("id"));
        // Of a task that there is.
        answers.answer(`tasks/${id}/audit`, new URLSearchParams());
        const body: unknown = await context.req.json().catch(() => undefined);
        const asked = auditRequestSchema.safeParse(body);
        if (!asked.success) {
          throw new BaseError("BAD_QUESTION", `An audit takes reExecute, from 0 to ${BOUNDS.reExecuted}.`);
        }
        return context.json(audits.ask(id, asked.data.reExecute), 202);
      },
    );
    app.get(`${API}/*`, (context) => {
      const { pathname, searchParams } = new URL(context.req.url);
      const { body, etag } = answers.answer(pathname.slice(API.length + 1), searchParams);
      context.header("etag", etag);
      context.header("cache-control", "no-cache");
      if (context.req.header("if-none-match") === etag) return context.body(null, 304);
      context.header("content-type", "application/json");
      return context.body(body);
    });
    app.get("*", (context) => {
      const file = files.get(new URL(context.req.url).pathname);
      if (file === undefined) throw noRoute();
      return sendFile(context, file);
    });
    app.notFound((context) => refused(context, 404, refusalOf(noRoute())));
    app.onError((error, context) => {
      if (!(error instanceof BaseError) || STATUSES[error.code] === undefined) {
        this.#modules.listener({ type: "trouble", error });
        return refused(context, 500, INTERNAL);
      }
      return refused(context, STATUSES[error.code]!, refusalOf(error));
    });
    return app;
  }
}

const INTERNAL: Refusal = {
  error: "INTERNAL",
  message: "The page's server made a mistake.",
  next: "Look at what it printed.",
};

function refusalOf({ code, shortMessage, next }: BaseError): Refusal {
  return { error: code, message: shortMessage, ...(next === undefined ? {} : { next }) };
}

function refused(context: Context, status: number, body: Refusal): Response {
  context.header("cache-control", "no-store");
  return context.json(body, status as 400);
}

/** Sends a file of the page in the smallest form that is taken. */
function sendFile(context: Context, { type, etag, body, gzip, brotli }: StaticFile): Response {
  context.header("content-type", type);
  context.header("etag", etag);
  // The names of files stay the same when the page is built anew.
  context.header("cache-control", "no-cache");
  context.header("vary", "accept-encoding");
  if (context.req.header("if-none-match") === etag) return context.body(null, 304);
  const takes = context.req.header("accept-encoding") ?? "";
  if (/\bbr\b/.test(takes)) {
    context.header("content-encoding", "br");
    return context.body(new Uint8Array(brotli));
  }
  if (/\bgzip\b/.test(takes)) {
    context.header("content-encoding", "gzip");
    return context.body(new Uint8Array(gzip));
  }
  return context.body(new Uint8Array(body));
}

/** The path of a request, as it was written. */
function pathOf(url = "/"): string {
  return url.split("?", 1)[0]!;
}

function queryOf(url = "/"): string {
  const at = url.indexOf("?");
  return at === -1 ? "" : url.slice(at + 1);
}
