import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What stands between a client and a node. */
export type ProxyFault =
  | "none"
  /** Takes requests and says nothing. */
  | "silent"
  /** Passes requests on, and closes the connection instead of answering. */
  | "answer-lost"
  | "http-429"
  | "http-401"
  | "http-500"
  | "garbage"
  /** Half of the answer. */
  | "truncated"
  /** A node of another chain. */
  | "wrong-chain"
  /** A node that is `lagBlocks` behind. */
  | "lagging"
  /** A node that answers other than its chain is: see `lie`. */
  | "lying"
  /** A node that refuses logs of more than `rangeBlocks` blocks. */
  | "small-ranges"
  /** A node that does not trace. */
  | "untraced"
  /** Refuses everything, and repeats the URL and the credentials that it was asked with. */
  | "telling"
  /** Sends whoever asks elsewhere, by the URL that it was asked with. */
  | "redirecting";

interface Question {
  id: number;
  method: string;
  params: unknown[];
}

/** An HTTP proxy in front of a chain's node that misbehaves as told. */
export class FaultyProxy {
  fault: ProxyFault = "none";
  lagBlocks = 10;
  rangeBlocks = 3;
  /** What a lying node makes of a true answer. */
  lie: (method: string, result: unknown, params: readonly unknown[]) => unknown = (_, result) => result;
  /** What it answers to a signed transaction instead of passing it on; undefined to pass it on. */
  keep: (raw: string) => Promise<{ result: string } | { error: string } | undefined> = async () => undefined;
  /** Methods asked, in order. */
  readonly asked: string[] = [];
  /** Of which blocks logs were asked for, in order. */
  readonly ranges: { from: number; to: number }[] = [];
  readonly port: number;
  readonly #target: string;
  #server: Server | undefined;

  constructor(target: string, port: number) {
    this.#target = target;
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        await this.#handle(Buffer.concat(chunks).toString(), request, response);
      } catch {
        // The client went away, or the node did.
        response.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.#server === undefined ? resolve() : this.#server.close(() => resolve()),
    );
    this.#server = undefined;
  }

  async #handle(text: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(text) as Question | Question[];
    this.asked.push(...[body].flat().map(({ method }) => method));
    for (const { method, params } of [body].flat()) {
      if (method !== "eth_getLogs") continue;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      this.ranges.push({ from: Number(fromBlock), to: Number(toBlock) });
    }
    switch (this.fault) {
      case "silent":
        return;
      case "http-429":
        response.writeHead(429, { "retry-after": "0" }).end("slow down");
        return;
      case "http-401":
        response
          .writeHead(401, { "content-type": "application/json" })
          .end(JSON.stringify(told(body, request)));
        return;
      case "telling":
        response.end(JSON.stringify(told(body, request)));
        return;
      case "redirecting":
        response.writeHead(307, { location: `http://127.0.0.1:9${request.url}` }).end();
        return;
      case "http-500":
        response.writeHead(500).end("oops");
        return;
      case "garbage":
        response.end("<html>no chain here</html>");
        return;
      case "answer-lost":
        await this.#answers(body);
        response.destroy();
        return;
      case "truncated": {
        const answer = JSON.stringify(await this.#answers(body));
        response.end(answer.slice(0, answer.length / 2));
        return;
      }
      default:
        response.end(JSON.stringify(await this.#answers(body)));
    }
  }

  async #answers(body: Question | Question[]): Promise<unknown> {
    return Array.isArray(body) ? Promise.all(body.map((each) => this.#answer(each))) : this.#answer(body);
  }

  async #answer({ id, method, params }: Question): Promise<unknown> {
    const { fault } = this;
    const own = (result: unknown) => ({ jsonrpc: "2.0", id, result });
    const refusal = (code: number, message: string) => ({ jsonrpc: "2.0", id, error: { code, message } });
    if (fault === "wrong-chain") return own(method === "eth_chainId" ? "0x1" : null);
    if (fault === "untraced" && method.startsWith("debug_")) {
      return refusal(-32601, `the method ${method} does not exist`);
    }
    const kept = method === "eth_sendRawTransaction" ? await this.keep(String(params[0])) : undefined;
    if (kept !== undefined) return "result" in kept ? own(kept.result) : refusal(-32000, kept.error);
    const filter = params[0] as { fromBlock: string; toBlock: string };
    if (fault === "small-ranges" && method === "eth_getLogs") {
      if (Number(filter.toBlock) - Number(filter.fromBlock) + 1 > this.rangeBlocks) {
        return refusal(-32005, `eth_getLogs is limited to a ${this.rangeBlocks} block range`);
      }
    }
    if (fault === "lying") {
      const { result } = (await this.#forward({ id, method, params })) as { result: unknown };
      return own(this.lie(method, result, params));
    }
    if (fault !== "lagging") return this.#forward({ id, method, params });
    const { result } = (await this.#forward({ id, method: "eth_blockNumber", params: [] })) as {
      result: string;
    };
    const head = Math.max(0, Number(result) - this.lagBlocks);
    const shown = `0x${head.toString(16)}`;
    if (method === "eth_blockNumber") return own(shown);
    if (method === "eth_getBlockByNumber" && Number(params[0]) > head) return own(null);
    if (method === "eth_getLogs" && Number(filter.toBlock) > head) {
      // As nodes do: what they have not seen is left out, and nothing said.
      if (Number(filter.fromBlock) > head) return own([]);
      return this.#forward({ id, method, params: [{ ...filter, toBlock: shown }] });
    }
    return this.#forward({ id, method, params: params.map((each) => (each === "latest" ? shown : each)) });
  }

  async #forward(question: Question): Promise<unknown> {
    const response = await fetch(this.#target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", ...question }),
    });
    return response.json();
  }
}

/** The refusal of each question, with all that the asker gave to be let in. */
function told(body: Question | Question[], { url, headers }: IncomingMessage): unknown {
  const message = `project ${url} (${headers.authorization}) is not allowed here`;
  const refuse = ({ id }: Question) => ({
    jsonrpc: "2.0",
    id,
    error: { code: -32000, message, data: message },
  });
  return Array.isArray(body) ? body.map(refuse) : refuse(body);
}
