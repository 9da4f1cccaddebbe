import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";
import { HttpRpc, type HttpRpcOptions } from "../../../chains/rpc/HttpRpc.ts";
import { type RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { RpcThrottled } from "../../../chains/rpc/rpcErrors.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { rejected } from "../thrown.ts";

interface Question {
  id: number;
  method: string;
  params: unknown[];
}
type Answerer = (asked: Question | Question[], response: ServerResponse, request: IncomingMessage) => void;

describe("HttpRpc", () => {
  let server: Server;
  let url: string;
  let answer: Answerer;
  let connections: number;
  let rpc: HttpRpc;

  before(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      answer(JSON.parse(Buffer.concat(chunks).toString()), response, request);
    });
    server.on("connection", () => connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    connections = 0;
    open();
  });
  afterEach(() => rpc.close());

  function open(options: Partial<HttpRpcOptions> = {}) {
    rpc = new HttpRpc({ url, timeoutMilliseconds: 2000, ...options }, { clock: systemClock });
  }
  const wellAnswer = ({ id, method, params }: Question) => ({
    jsonrpc: "2.0",
    id,
    result: [method, ...params],
  });
  const well: Answerer = (asked, response) =>
    response.end(JSON.stringify(Array.isArray(asked) ? asked.map(wellAnswer) : wellAnswer(asked)));
  const body = (text: unknown, status = 200, headers: Record<string, string> = {}): Answerer => {
    return (_, response) =>
      response.writeHead(status, headers).end(typeof text === "string" ? text : JSON.stringify(text));
  };

  it("gives the answer", async () => {
    answer = well;
    expect(await rpc.request("eth_call", [1, "latest"])).to.deep.equal(["eth_call", 1, "latest"]);
    answer = (asked, response) =>
      response.end(JSON.stringify({ jsonrpc: "2.0", id: (asked as Question).id, result: null }));
    expect(await rpc.request("eth_getTransactionReceipt", [])).to.equal(null);
  });

  it("keeps its connection", async () => {
    answer = well;
    for (let i = 0; i < 5; i++) await rpc.request("eth_call", [i]);
    // At the most a new one: an earlier test's may still be open.
    expect(connections).to.be.at.most(1);
  });

  it("asks the same question once for all who have it at the same moment, and sends nothing less often", async () => {
    const asked: string[] = [];
    answer = (questions, response, request) => {
      for (const { method } of [questions].flat()) asked.push(method);
      well(questions, response, request);
    };
    const read = () => rpc.request("eth_getBlockByNumber", ["latest", false]);
    const answers = await Promise.all([read(), read(), rpc.request("eth_getBlockByNumber", ["0x1", false])]);
    expect(answers[1]).to.deep.equal(answers[0]);
    expect(asked).to.have.length(2);
    await read();
    expect(asked).to.have.length(3);
    asked.length = 0;
    await Promise.all([1, 2].map(() => rpc.request("eth_sendRawTransaction", ["0x02"])));
    expect(asked).to.have.length(2);
  });

  it("asks what is asked at the same moment in one batch, whatever the order of the answers", async () => {
    const sizes: number[] = [];
    answer = (asked, response, request) => {
      sizes.push(Array.isArray(asked) ? asked.length : 1);
      well(Array.isArray(asked) ? asked.toReversed() : asked, response, request);
    };
    const answers = await Promise.all([1, 2, 3].map((i) => rpc.request("m", [i])));
    expect(answers).to.deep.equal([
      ["m", 1],
      ["m", 2],
      ["m", 3],
    ]);
    await Promise.all(Array.from({ length: 150 }, (_, i) => rpc.request("m", [i])));
    expect(sizes.toSorted((a, b) => a - b)).to.deep.equal([3, 50, 100]);
  });

  it("fails only those of a batch that are not answered, or refused", async () => {
    answer = (asked, response) => {
      const [first, second, third] = asked as Question[];
      const error = { code: 3, message: "execution reverted", data: { message: "reverted", data: "0xabcd" } };
      const twice = wellAnswer(third!);
      response.end(
        JSON.stringify([
          wellAnswer(first!),
          { jsonrpc: "2.0", id: second!.id, error },
          twice,
          twice,
          { id: 9e9 },
        ]),
      );
    };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((i) => rpc.request("m", [i])));
    expect(outcomes[0]).to.deep.equal({ status: "fulfilled", value: ["m", 1] });
    const [refused, twice, missing] = outcomes
      .slice(1)
      .map((outcome) => (outcome as PromiseRejectedResult).reason);
    expect(refused).to.include({ code: "RPC_REFUSED", rpcCode: 3, data: "0xabcd" });
    expect(twice).to.be.instanceOf(RpcUnavailable);
    expect(missing).to.be.instanceOf(RpcUnavailable);
  });

  for (const refuse of [
    body({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "batch requests are not allowed" } }),
    body("", 413),
  ]) {
    it("asks one by one whoever takes no batches", async () => {
      let batches = 0;
      answer = (asked, response, request) => {
        if (!Array.isArray(asked)) return well(asked, response, request);
        batches++;
        refuse(asked, response, request);
      };
      const both = () => Promise.all([1, 2].map((i) => rpc.request("m", [i])));
      expect(await both()).to.deep.equal([
        ["m", 1],
        ["m", 2],
      ]);
      expect(await both()).to.deep.equal([
        ["m", 1],
        ["m", 2],
      ]);
      expect(batches).to.equal(1);
    });
  }

  const UNAVAILABLE: readonly [string, Answerer, string][] = [
    ["HTTP 500", body({ jsonrpc: "2.0", id: 1, result: 5 }, 500), "HTTP 500"],
    ["HTTP 502 with a page", body("<html>", 502), "HTTP 502"],
    ["HTTP 403", body({ jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } }, 403), "HTTP 403"],
    ["HTTP 400 with a result", body({ jsonrpc: "2.0", id: 1, result: 5 }, 400), "HTTP 400"],
    ["a page", body("<html>"), "no JSON"],
    ["nothing", body(""), "no JSON"],
    ["a number", body("5"), "no JSON"],
    ["JSON cut short", body('{"jsonrpc":"2.0","id":1,"result":"0x'), "no JSON"],
    [
      "another question's answer",
      body({ jsonrpc: "2.0", id: 77, result: 5 }),
      "no answer to the question's id",
    ],
    ["neither result nor error", body({ jsonrpc: "2.0", id: 1 }), "no valid answer"],
    ["an answer of another protocol", body({ id: 1, result: 5 }), "no JSON-RPC 2.0"],
    ["an empty list", body([]), "no answer to the question's id"],
    ["a redirect", body("", 302, { location: "http://127.0.0.1:9/" }), ""],
    ["a closed connection", (_, response) => response.destroy(), ""],
    [
      "a body that ends too early",
      (_, response) => {
        response.writeHead(200, { "content-length": "1000" }).write("{");
        setImmediate(() => response.destroy());
      },
      "",
    ],
  ];
  for (const [what, faulty, details] of UNAVAILABLE) {
    it(`takes ${what} for no answer`, async () => {
      answer = faulty;
      const error = await rejected(rpc.request("eth_call", []));
      expect(error).to.be.instanceOf(RpcUnavailable);
      expect(error.shortMessage).to.equal(`${url} does not answer.`);
      expect(error.details).to.contain(details);
    });
  }

  it("says so when nobody listens", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    open({ url: `http://127.0.0.1:${port}` });
    const { details } = await rejected(rpc.request("eth_call", []));
    expect(details).to.equal(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it("gives up after its time, also on a body that never ends", async () => {
    for (const silent of [() => undefined, (_: unknown, response: ServerResponse) => response.write("{")]) {
      open({ timeoutMilliseconds: 50 });
      answer = silent as Answerer;
      expect((await rejected(rpc.request("eth_call", []))).details).to.equal("no answer in 50 ms");
    }
  });

  it("takes errors that came before the id was read, and those with an HTTP status", async () => {
    answer = body({ jsonrpc: "2.0", id: null, error: { code: -32602, message: "invalid params" } });
    expect(await rejected(rpc.request("m", []))).to.include({ code: "RPC_REFUSED", rpcCode: -32602 });
    answer = (asked, response) => {
      const error = { code: 3, message: "execution reverted", data: "0x12" };
      response.writeHead(400).end(JSON.stringify({ jsonrpc: "2.0", id: (asked as Question).id, error }));
    };
    expect(((await rejected(rpc.request("m", []))) as RpcRefusal).data).to.equal("0x12");
  });

  it("takes what a node says of too many blocks for a refusal, whatever its code", async () => {
    const message = "Maximum allowed number of requested blocks is 3500";
    answer = (asked, response) => {
      const refusal = ({ id }: Question) => ({ jsonrpc: "2.0", id, error: { code: -32005, message } });
      response.end(JSON.stringify(Array.isArray(asked) ? asked.map(refusal) : refusal(asked)));
    };
    const range = { fromBlock: "0x0", toBlock: "0xfff" };
    expect((await rejected(rpc.request("eth_getLogs", [range]))).code).to.equal("RPC_REFUSED");
    expect(await rejected(rpc.request("eth_call", [{}]))).to.be.instanceOf(RpcThrottled);
  });

  describe("of errors of the node with an HTTP status of trouble", () => {
    const ofStatus = (status: number, error: unknown, headers: Record<string, string> = {}): Answerer => {
      const refusal = ({ id }: Question) => ({ jsonrpc: "2.0", id, error });
      return (asked, response) =>
        response
          .writeHead(status, headers)
          .end(JSON.stringify(Array.isArray(asked) ? asked.map(refusal) : refusal(asked)));
    };
    const range = { fromBlock: "0x0", toBlock: "0xfff" };
    const tooWide = { code: -32000, message: "block range is too wide" };

    for (const status of [429, 500, 502, 503, 504]) {
      it(`takes a range of logs that it refuses for refused (HTTP ${status})`, async () => {
        answer = ofStatus(status, tooWide, { "retry-after": "9" });
        const error = await rejected(rpc.request("eth_getLogs", [range]));
        expect(error).to.include({ code: "RPC_REFUSED", rpcCode: -32000 });
        expect(error.message).to.equal("eth_getLogs was refused: block range is too wide");
      });
    }

    it("takes a contract's refusal for its answer", async () => {
      answer = ofStatus(500, { code: 3, message: "execution reverted", data: "0x12" });
      expect(await rejected(rpc.request("eth_call", []))).to.include({ code: "RPC_REFUSED", data: "0x12" });
    });

    it("gives each question of a batch its own answer", async () => {
      answer = (asked, response) => {
        const [first, second] = asked as Question[];
        const refused = { jsonrpc: "2.0", id: second!.id, error: tooWide };
        response.writeHead(500).end(JSON.stringify([wellAnswer(first!), refused]));
      };
      const [first, second] = await Promise.allSettled([
        rpc.request("eth_call", [1]),
        rpc.request("eth_getLogs", [range]),
      ]);
      expect(first).to.deep.equal({ status: "fulfilled", value: ["eth_call", 1] });
      expect((second as PromiseRejectedResult).reason).to.include({ code: "RPC_REFUSED" });
    });

    it("takes an error without a reason for none that is about the question", async () => {
      answer = ofStatus(500, { code: -32603, message: "Internal error" });
      const error = await rejected(rpc.request("eth_call", []));
      expect(error).to.include({ code: "RPC_UNAVAILABLE", details: "Internal error (code -32603)" });
      answer = ofStatus(502, { code: -32000, message: "no answer from our side" });
      expect((await rejected(rpc.request("eth_call", []))).code).to.equal("RPC_UNAVAILABLE");
    });

    it("leaves who asks for fewer requests alone for as long as it says", async () => {
      for (const [status, message] of [
        [429, "slow down"],
        [429, "limit exceeded"],
        [500, "too many requests"],
        [503, "come back later"],
      ] as const) {
        answer = ofStatus(status, { code: -32000, message }, { "retry-after": "7" });
        const error = await rejected(rpc.request("eth_call", []));
        expect(error, message).to.be.instanceOf(RpcThrottled);
        expect(error, message).to.include({ retryAfterMilliseconds: 7000 });
      }
      answer = ofStatus(429, { code: -32005, message: "limit exceeded" });
      expect(await rejected(rpc.request("eth_getLogs", [range]))).to.be.instanceOf(RpcThrottled);
    });

    for (const [what, text] of [
      ["a page", "<html>"],
      ["JSON of another protocol", { error: { code: -32000, message: "block range is too wide" } }],
      ["an error without words", { jsonrpc: "2.0", id: 1, error: "block range is too wide" }],
      ["more than an error takes", { jsonrpc: "2.0", id: 1, error: { ...tooWide, data: "x".repeat(2e5) } }],
    ] as const) {
      it(`takes a status with ${what} as the status alone`, async () => {
        for (const status of [500, 503]) {
          answer = body(text, status);
          const error = await rejected(rpc.request("eth_getLogs", [range]));
          expect(error).to.include({ code: "RPC_UNAVAILABLE", details: `HTTP ${status}` });
          expect(error).to.not.be.instanceOf(RpcThrottled);
        }
        for (const [status, headers] of [
          [429, {}],
          [503, { "retry-after": "2" }],
        ] as const) {
          answer = body(text, status, headers);
          expect(await rejected(rpc.request("eth_getLogs", [range]))).to.be.instanceOf(RpcThrottled);
        }
      });
    }
  });

  it("hears how long to wait", async () => {
    const waits: (number | undefined)[] = [];
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    for (const header of ["7", inTenSeconds, "999999", "soon", undefined]) {
      answer = body("", 429, header === undefined ? {} : { "retry-after": header });
      const error = await rejected(rpc.request("m", []));
      expect(error).to.be.instanceOf(RpcThrottled);
      waits.push((error as RpcThrottled).retryAfterMilliseconds);
    }
    expect(waits[0]).to.equal(7000);
    expect(waits[1]).to.be.within(5000, 10_000);
    expect(waits.slice(2)).to.deep.equal([300_000, undefined, undefined]);
    answer = body("", 503, { "retry-after": "2" });
    expect(await rejected(rpc.request("m", []))).to.include({ retryAfterMilliseconds: 2000 });
  });

  it("does not read more than it is allowed", async () => {
    open({ answerBytes: 1000 });
    const long = "x".repeat(600);
    answer = (asked, response) => {
      const one = ({ id, params }: Question) => ({
        jsonrpc: "2.0",
        id,
        result: params[0] === 1 ? long : long + long,
      });
      response.end(JSON.stringify(Array.isArray(asked) ? asked.map(one) : one(asked)));
    };
    // Too much together is asked for alone; what is too much alone is refused, so that smaller ranges are tried.
    expect(await Promise.all([1, 1].map((i) => rpc.request("m", [i])))).to.deep.equal([long, long]);
    const error = await rejected(rpc.request("eth_getLogs", [2]));
    expect(error.message).to.equal("eth_getLogs was refused: response size exceeds 1000 bytes");
  });

  it("sends the credentials of its URL, and shows them to nobody", async () => {
    open({ url: url.replace("//", "//user:pass%20word@") });
    let authorization: string | undefined;
    answer = (asked, response, request) => {
      authorization = request.headers.authorization;
      well(asked, response, request);
    };
    await rpc.request("m", []);
    expect(authorization).to.equal(`Basic ${Buffer.from("user:pass word").toString("base64")}`);
    answer = body("", 500);
    expect((await rejected(rpc.request("m", []))).message).to.not.contain("pass");
  });

  it("rejects what is under way when it is closed, and what is asked later", async () => {
    answer = () => undefined;
    const pending = rejected(rpc.request("m", []));
    await new Promise((resolve) => server.once("request", resolve));
    rpc.close();
    expect((await pending).details).to.equal("the connection was closed");
    expect((await rejected(rpc.request("m", []))).details).to.equal("the connection was closed");
  });
});
