import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { CID } from "multiformats/cid";

import type { Digest } from "../../../storage/ContentStore.ts";
import { cidOf, digestOfCid } from "../../../storage/contentId.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";

/** What a fake node was asked: the method's path and its options. */
export interface KuboAsked {
  path: string;
  options: URLSearchParams;
  authorization: string | undefined;
}

/**
 * Stands in for Kubo's RPC API where a real node cannot be made to do what a test needs: lie about a CID, answer late,
 * or lose a race. What real nodes do, test/integration/kubo.deep.test.ts examines.
 */
export class FakeKubo {
  readonly blocks = new Map<Digest, Uint8Array>();
  readonly pins = new Set<Digest>();
  readonly asked: KuboAsked[] = [];
  /** Blocks that its peers have. */
  readonly peers = new Map<Digest, Uint8Array>();
  /** Called before an answer; what it returns is answered instead. */
  before: (asked: KuboAsked) => Promise<{ status: number; message: string } | undefined> = async () =>
    undefined;
  /** The CID that it says a file has, instead of its own. */
  lie: ((digest: Digest) => Digest) | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => fail(response, 500, String(error)));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** How often a method was asked. */
  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://kubo");
    const path = url.pathname.replace("/api/v0/", "");
    const body = await buffer(request);
    const asked = { path, options: url.searchParams, authorization: request.headers.authorization };
    this.asked.push(asked);
    const instead = await this.before(asked);
    if (instead !== undefined) return fail(response, instead.status, instead.message);
    const digest = () => digestOfCid(CID.parse(url.searchParams.get("arg") ?? "").toString());
    if (path === "add") {
      const { root, blocks } = await layOutContent(fileOf(request, body));
      for (const { digest: one, bytes } of blocks) this.blocks.set(one, bytes);
      const named = this.lie?.(root) ?? root;
      this.pins.add(named);
      return json(response, { Name: cidOf(named), Hash: cidOf(named), Size: "1" });
    }
    if (path === "block/get") {
      const bytes =
        this.blocks.get(digest()) ??
        (url.searchParams.get("offline") === "true" ? undefined : this.peers.get(digest()));
      if (bytes !== undefined) return void response.end(bytes);
      if (url.searchParams.get("offline") !== "true") return fail(response, 500, "context deadline exceeded");
      return fail(
        response,
        500,
        `block was not found locally (offline): ipld: could not find ${cidOf(digest())}`,
      );
    }
    if (path === "pin/add") {
      this.pins.add(digest());
      return json(response, { Pins: [cidOf(digest())] });
    }
    if (path === "pin/rm") {
      if (!this.pins.delete(digest())) return fail(response, 500, "not pinned or pinned indirectly");
      return json(response, { Pins: [cidOf(digest())] });
    }
    fail(response, 404, `there is no ${path}`);
  }
}

/** The one file of a multipart body. */
function fileOf({ headers }: IncomingMessage, body: Buffer): Buffer {
  const boundary = /boundary=("?)(.+)\1$/.exec(headers["content-type"] ?? "")?.[2] ?? "";
  const begin = body.indexOf("\r\n\r\n") + 4;
  return body.subarray(begin, body.lastIndexOf(`\r\n--${boundary}--`));
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify(value)}\n`);
}

function fail(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  json(response, { Message: message, Code: 0, Type: "error" });
}
