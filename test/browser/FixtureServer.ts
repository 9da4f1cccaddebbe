import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { extname, join, normalize } from "node:path";

import type { LiveEvent } from "../../dashboard/api/LiveEvent.ts";
import type { MessageRow } from "../../dashboard/api/MessageRow.ts";
import type { Refusal } from "../../dashboard/api/values.ts";
import {
  audit,
  compare,
  freshness,
  markets,
  messageCounts,
  messageLine,
  messageRow,
  money,
  NOW,
  network,
  replay,
  statement,
  statements,
  taskLive,
  taskRows,
  tradeMarket,
  twinMarket,
} from "./fixtures.ts";

/** As strict as the real one: nothing from elsewhere, nothing inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What a question is answered with: a value, a refusal with its status, or nothing as long as the test wants. */
export type Answer = { json: unknown } | { status: number; refusal: Refusal } | "never";

/** Gives the built page out, and recorded answers to it, each of which a test can replace. */
export class FixtureServer {
  /** By path behind /api, without what is asked behind the ?. */
  readonly answers = new Map<string, Answer>();
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  /** How many messages and workers there are. */
  messages = 40;
  workers = 20;
  /** How long an answer may take, as it tells. */
  answerSeconds = 30;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<ServerResponse>();
  readonly #built: string;
  #id = 0;
  #lost = false;

  /** @param built - The folder with the built page. */
  constructor(built: string) {
    this.#built = built;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      if (this.#lost) socket.destroy();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Answers again as it was recorded. */
  reset(): void {
    this.answers.clear();
    this.asked.length = 0;
    this.messages = 40;
    this.workers = 20;
    this.answerSeconds = 30;
    this.#lost = false;
  }

  /** Tells everybody who listens. */
  push({ type, ...data }: LiveEvent): void {
    this.#id++;
    for (const line of this.#lines)
      line.write(`event: ${type}\nid: ${this.#id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Answers nobody any more, as if it were gone. */
  lose(): void {
    this.#lost = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Answers again. */
  find(): void {
    this.#lost = false;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://page");
    response.setHeader("content-security-policy", POLICY);
    if (!url.pathname.startsWith("/api/")) return this.#file(url.pathname, response);
    const path = url.pathname.slice("/api".length);
    this.asked.push(`${request.method} ${path}${url.search}`);
    if (path === "/events") return this.#line(response);
    const answer = this.answers.get(path) ?? this.#recorded(path, url.searchParams);
    if (answer === "never") return;
    const [status, body] = "json" in answer ? [200, answer.json] : [answer.status, answer.refusal];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }

  #line(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(
      `retry: 300\nevent: hello\ndata: ${JSON.stringify({ startedAt: NOW - 3600, now: NOW, version: "0.1.0", answerSeconds: this.answerSeconds })}\n\n`,
    );
    this.#lines.add(response);
    response.on("close", () => this.#lines.delete(response));
  }

  #recorded(path: string, query: URLSearchParams): Answer {
    const [, room, id, tab, worker] = path.split("/").map(decodeURIComponent);
    const from = Number(query.get("from") ?? 0);
    const limit = Number(query.get("limit") ?? 50);
    const paged = <T>(rows: readonly T[]) => ({
      total: rows.length,
      from,
      rows: rows.slice(from, from + limit),
      dropped: 0,
    });
    switch (room) {
      case "network":
        return { json: network() };
      case "tasks": {
        if (id === undefined)
          return {
            json: paged(taskRows().filter(({ name }) => (name ?? "").includes(query.get("search") ?? ""))),
          };
        if (!taskRows().some(({ taskId }) => taskId === id)) {
          return {
            status: 404,
            refusal: {
              error: "UNKNOWN_TASK",
              message: `There is no task ${id}.`,
              next: "Look at the list of tasks.",
            },
          };
        }
        if (tab === "freshness") return { json: freshness(id, this.workers) };
        if (tab === "money") return { json: money(id, this.workers) };
        if (tab === "audit") return { json: audit(id, id === "2" ? "fails" : id === "4" ? "none" : "holds") };
        if (tab === "statement") {
          return { json: worker === undefined ? statements(id, this.workers) : statement(id, worker) };
        }
        return { json: taskLive(id, this.workers) };
      }
      case "compare":
        return { json: compare((query.get("tasks") ?? "").split(",")) };
      case "messages": {
        if (id !== undefined) {
          const row = this.#rows().find((one) => one.id === id);
          return row === undefined
            ? { status: 404, refusal: { error: "UNKNOWN_MESSAGE", message: "There is no such message." } }
            : { json: messageLine(row) };
        }
        const state = query.get("state");
        const rows = this.#rows().filter((row) => state === null || row.state === state);
        return { json: { ...paged(rows), counts: messageCounts(this.messages) } };
      }
      case "markets":
        if (id === undefined) return { json: markets() };
        if (tab === "replay") return { json: replay() };
        return { json: id === "model-trading" ? tradeMarket() : twinMarket() };
      default:
        return { status: 404, refusal: { error: "NO_ROUTE", message: "There is no such route." } };
    }
  }

  #rows(): MessageRow[] {
    return Array.from({ length: this.messages }, (_, n) => messageRow(n));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = path === "/" ? "index.html" : normalize(path).slice(1);
    try {
      const bytes = await readFile(join(this.#built, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
      response.end(bytes);
    } catch {
      response.writeHead(404);
      response.end();
    }
  }
}
