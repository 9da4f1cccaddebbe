import { createServer, type RequestListener, type Server } from "node:http";

import { expect } from "chai";
import { getAddress } from "ethers";
import { Registry } from "prom-client";
import type { ProofKind } from "../../../chains/proofs/proofKinds.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { PEER_LIMIT } from "../../../protocol/BoundedServer.ts";
import type { Voucher } from "../../../relay/proofs/Fact.ts";
import { HttpVoucherSource } from "../../../relay/proofs/HttpVoucherSource.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";
import { RelayMetrics } from "../../../relay/RelayMetrics.ts";
import { type RelayHealth, RelayServer } from "../../../relay/RelayServer.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";
import { DESTINATION, delivery, mark, message, ORIGIN } from "./samples.ts";

const PORT = 9341;
const URL_HERE = `http://127.0.0.1:${PORT}`;
const VALIDATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const GATEWAY = `0x${"ab".repeat(20)}`;

/** As it goes over the wire. */
const checkpoint = (index: number) => ({
  index,
  root: `0x${"01".repeat(32)}`,
  signature: `0x${"02".repeat(65)}`,
});
const block = { number: 4, blockHash: `0x${"03".repeat(32)}`, signature: `0x${"04".repeat(65)}` };
const VOUCHERS: Record<ProofKind, Voucher[]> = {
  checkpoint: [9, 5]
    .map(checkpoint)
    .map(({ index: place, root: hash, signature }) => ({ place, hash, signature })),
  header: [{ place: block.number, hash: block.blockHash, signature: block.signature }],
};

/** A validator that remembers what it is asked. */
class Signer implements VoucherSource {
  readonly validator = VALIDATOR;
  readonly asked: unknown[] = [];

  async vouchers(...question: [ProofKind, bigint, string, number]): Promise<Voucher[]> {
    this.asked.push(question);
    return VOUCHERS[question[0]];
  }
}

describe("RelayServer", () => {
  let server: RelayServer;
  let signer: Signer;
  let health: RelayHealth;
  let registry: Registry;

  beforeEach(async () => {
    signer = new Signer();
    registry = new Registry();
    health = { ok: true, chains: { main: { secondsSinceRead: 0.1, block: 7 } } };
    server = new RelayServer(
      { host: "127.0.0.1", port: PORT },
      { sources: [signer], registry, health: () => health },
    );
    await server.listen();
  });
  afterEach(() => server.close());

  const get = (path: string, init: RequestInit = {}) => fetch(`${URL_HERE}${path}`, init);

  it("gives what a validator signed to an HttpVoucherSource", async () => {
    const source = new HttpVoucherSource({ validator: VALIDATOR, url: URL_HERE });
    expect(await source.vouchers("checkpoint", 71n, GATEWAY, 5)).to.deep.equal(VOUCHERS.checkpoint);
    expect(await source.vouchers("header", 71n, GATEWAY, 3)).to.deep.equal(VOUCHERS.header);
    expect(signer.asked).to.deep.equal([
      ["checkpoint", 71n, GATEWAY, 5],
      ["header", 71n, GATEWAY, 3],
    ]);
  });

  it("gives each kind of voucher in its own words", async () => {
    const of = async (room: string) => (await get(`/${room}/${VALIDATOR}/71/${GATEWAY}`)).json();
    expect(await of("checkpoints")).to.deep.equal([checkpoint(9), checkpoint(5)]);
    expect(await of("blocks")).to.deep.equal([block]);
  });

  it("knows validators however their address is written", async () => {
    for (const written of [VALIDATOR.toLowerCase(), VALIDATOR]) {
      expect((await get(`/checkpoints/${written}/71/${GATEWAY}`)).status).to.equal(200);
    }
    expect(signer.asked.at(-1)).to.deep.equal(["checkpoint", 71n, GATEWAY, 0]);
  });

  for (const [path, code] of [
    ["/", "NO_ROUTE"],
    ["/checkpoints", "NO_ROUTE"],
    [`/checkpoints/${VALIDATOR}/main/${GATEWAY}`, "NO_ROUTE"],
    [`/checkpoints/${VALIDATOR}/-1/${GATEWAY}`, "NO_ROUTE"],
    [`/checkpoints/${VALIDATOR}/71/0x12`, "NO_ROUTE"],
    [`/checkpoints/${VALIDATOR}/71/${GATEWAY}?from=all`, "NO_ROUTE"],
    [`/checkpoints/${VALIDATOR}/71/${GATEWAY}?from=1.5`, "NO_ROUTE"],
    [`/secrets/${VALIDATOR}/71/${GATEWAY}`, "NO_ROUTE"],
    [`/checkpoints/${GATEWAY}/71/${GATEWAY}`, "NO_VALIDATOR"],
    ["//", "NO_ROUTE"],
  ] as const) {
    it(`answers 404 to ${path.replaceAll(VALIDATOR, "{validator}").replaceAll(GATEWAY, "{gateway}")}`, async () => {
      const response = await get(path);
      expect(response.status).to.equal(404);
      expect(((await response.json()) as { error: string }).error).to.equal(code);
      expect(signer.asked).to.deep.equal([]);
    });
  }

  it("only reads", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect((await get("/health", { method })).status).to.equal(405);
    }
  });

  it("answers 500 and goes on when a validator's database cannot be read", async () => {
    signer.vouchers = async () => {
      throw new BaseError("DATABASE_UNUSABLE", "The disk is full.");
    };
    const response = await get(`/checkpoints/${VALIDATOR}/71/${GATEWAY}`);
    expect(response.status).to.equal(500);
    expect((await get("/health")).status).to.equal(200);
  });

  it("answers an address so often a second, and then again", async () => {
    await server.close();
    const clock = new VirtualClock(1_000_000);
    server = new RelayServer(
      { host: "127.0.0.1", port: PORT },
      { sources: [signer], registry, health: () => health, clock },
    );
    await server.listen();
    const { burst, perSecond } = PEER_LIMIT;
    const ask = async (times: number) => {
      const statuses: number[] = [];
      for (let i = 0; i < times; i++) {
        const response = await get("/health");
        statuses.push(response.status);
        await response.text();
      }
      return [200, 429].map((status) => statuses.filter((one) => one === status).length);
    };
    expect(await ask(burst + 10)).to.deep.equal([burst, 10]);
    await clock.advance(100);
    expect(await ask(perSecond)).to.deep.equal([perSecond / 10, perSecond - perSecond / 10]);
  });

  it("takes no request that is larger than one can be", async () => {
    expect((await get(`/health?${"a".repeat(5000)}`)).status).to.equal(431);
  });

  it("shows its health: 503 once a chain is silent", async () => {
    expect((await get("/health")).status).to.equal(200);
    health = { ok: false, chains: { main: { secondsSinceRead: 31, block: 7 } } };
    const response = await get("/health");
    expect(response.status).to.equal(503);
    expect(await response.json()).to.deep.equal(health);
  });

  it("says when its port is taken", async () => {
    const second = new RelayServer(
      { host: "127.0.0.1", port: PORT },
      { sources: [], registry, health: () => health },
    );
    expect((await rejected(second.listen())).code).to.equal("PORT_IN_USE");
  });

  it("ends at once, also with a connection that is kept open", async () => {
    await get("/health", { headers: { connection: "keep-alive" } });
    await server.close();
    expect(await get("/health").catch(() => "closed")).to.equal("closed");
    await server.listen();
  });

  it("has no metrics for each chain that strangers send to", async () => {
    const store = new RelayerStore(":memory:");
    const counted = new Registry();
    new RelayMetrics(counted, { chains: new Map([[ORIGIN, "main"]]), store });
    const strange = Array.from({ length: 200 }, (_, nonce) => ({
      ...message(nonce),
      destination: 10_000n + BigInt(nonce),
    }));
    store.advance(ORIGIN, mark(9), strange, []);
    const values = parseMetrics(await counted.metrics());
    const open = [...values].filter(([name]) => name.startsWith("freshet_relayer_messages_open"));
    expect(open).to.have.length(2);
    expect(open.reduce((sum, [, value]) => sum + value, 0)).to.equal(200);
    expect(open[0]![0]).to.contain('destination="other"');
    store.close();
  });

  it("gives metrics that count what was told", async () => {
    const store = new RelayerStore(":memory:");
    store.messages.knowApplications(undefined);
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1, 2].map((nonce) => message(nonce)),
      [],
    );
    store.advance(DESTINATION, mark(3), [], [delivery(0, 3)]);
    store.messages.fail([{ origin: ORIGIN, nonce: 1, reason: "no", isPermanent: false, nextAt: 1 }]);
    const counted = new Registry();
    const chains = new Map([
      [ORIGIN, "main"],
      [DESTINATION, "relay"],
    ]);
    const metrics = new RelayMetrics(counted, { chains, store, readAges: () => [["main", 1.5]] });
    await server.close();
    server = new RelayServer(
      { host: "127.0.0.1", port: PORT },
      { sources: [signer], registry: counted, health: () => health },
    );
    await server.listen();
    const listen = metrics.hear;
    const id = `0x${"05".repeat(32)}`;
    for (let i = 0; i < 3; i++)
      listen({ type: "message-sent", chain: "main", messageId: id, nonce: i, destination: 72n });
    listen({
      type: "message-delivered",
      chain: "relay",
      origin: "main",
      messageId: id,
      nonce: 0,
      attempts: 0,
      own: true,
    });
    listen({
      type: "message-delivered",
      chain: "relay",
      origin: "main",
      messageId: id,
      nonce: 1,
      attempts: 0,
      own: false,
    });
    listen({ type: "vouched", kind: "checkpoint", chain: "main", validator: VALIDATOR, place: 2, hash: id });
    listen({ type: "submission-sent", chain: "relay", hash: id, nonce: 0, messageIds: [id], attempt: 1 });
    listen({
      type: "submission-mined",
      chain: "relay",
      hash: id,
      blockNumber: 3,
      gasUsed: 70_000n,
      fee: 3_000_000_000n,
      messageIds: [id],
      delivered: 1,
      wasted: false,
    });
    const error = new BaseError("REVERTED", "No.");
    listen({
      type: "delivery-failed",
      chain: "relay",
      messageId: id,
      attempts: 1,
      retrySeconds: 1,
      isPermanent: true,
      error,
    });
    listen({ type: "trouble", chain: "relay", doing: "reading", error });
    listen({ type: "trouble", chain: "relay", doing: "reading", error: new Error("plain") });
    listen({ type: "trouble", chain: "relay", doing: "reading", error: undefined });
    listen({ type: "beacon-drawn", chain: "relay", task: 1n });
    listen({ type: "round-closed", chain: "relay", task: 1n, round: 0 });
    listen({ type: "task-expired", task: 1n });
    listen({ type: "chain-reorganized", chain: "main", by: "relayer", from: 9, to: 3 });
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).to.match(/^text\/plain/);
    const values = parseMetrics(await response.text());
    expect(Object.fromEntries(values)).to.include({
      'freshet_relayer_messages_found_total{chain="main"}': 3,
      'freshet_relayer_messages_found_total{chain="relay"}': 0,
      'freshet_relayer_messages_delivered_total{chain="relay",origin="main",own="yes"}': 1,
      'freshet_relayer_messages_delivered_total{chain="relay",origin="main",own="no"}': 1,
      [`freshet_validator_vouchers_total{chain="main",validator="${VALIDATOR}"}`]: 1,
      'freshet_relayer_transactions_total{chain="relay"}': 1,
      'freshet_relayer_gas_total{chain="relay",wasted="no"}': 70_000,
      'freshet_relayer_fees_coins_total{chain="relay"}': 3e-9,
      'freshet_relayer_delivery_failures_total{chain="relay",error="REVERTED"}': 1,
      'freshet_relay_reorganizations_total{chain="main",by="relayer"}': 1,
      'freshet_relay_chain_read_age_seconds{chain="main"}': 1.5,
      'freshet_keeper_beacons_drawn_total{chain="relay"}': 1,
      'freshet_keeper_rounds_closed_total{chain="relay"}': 1,
      freshet_keeper_tasks_expired_total: 1,
      'freshet_relayer_messages_open{origin="main",destination="relay",lane="network",failing="yes"}': 1,
      'freshet_relayer_messages_open{origin="main",destination="relay",lane="network",failing="no"}': 1,
    });
    // What is open is looked up anew each time.
    store.advance(DESTINATION, mark(4), [], [delivery(1, 4), delivery(2, 4)]);
    const later = parseMetrics(await (await get("/metrics")).text());
    expect(
      later.get(
        'freshet_relayer_messages_open{origin="main",destination="relay",lane="network",failing="yes"}',
      ),
    ).to.equal(0);
    store.close();
  });
});

describe("HttpVoucherSource", () => {
  let answering: Server | undefined;

  afterEach(async () => {
    answering?.closeAllConnections();
    await new Promise((resolve) => answering?.close(resolve) ?? resolve(undefined));
    answering = undefined;
  });

  /** A server that answers as it likes. */
  async function sourceOf(listener: RequestListener, path = ""): Promise<HttpVoucherSource> {
    answering = createServer(listener);
    await new Promise<void>((resolve) => answering!.listen(PORT + 1, "127.0.0.1", resolve));
    return new HttpVoucherSource({ validator: VALIDATOR, url: `http://127.0.0.1:${PORT + 1}${path}` });
  }
  const ask = (source: HttpVoucherSource) => source.vouchers("checkpoint", 71n, GATEWAY, 0);
  const json =
    (body: unknown): RequestListener =>
    (_, response) =>
      response.end(JSON.stringify(body));

  for (const [what, listener] of [
    ["an error", (_, response) => response.writeHead(500).end("{}")],
    ["a page", (_, response) => response.end("<html>It works!</html>")],
    ["nothing", (_, response) => response.end()],
    ["no list", json({ checkpoints: [] })],
    ["a root that is too short", json([{ ...checkpoint(1), root: "0x01" }])],
    ["a signature that is no text", json([{ ...checkpoint(1), signature: 5 }])],
    ["a signature that is too long", json([{ ...checkpoint(1), signature: `0x${"02".repeat(66)}` }])],
    ["a negative index", json([checkpoint(-1)])],
    ["an index that no gateway has", json([checkpoint(2 ** 32)])],
    ["a broken index", json([checkpoint(1.5)])],
    ["an entry without an index", json([{ root: checkpoint(1).root, signature: checkpoint(1).signature }])],
    ["a list that is too long", json(Array.from({ length: 1001 }, (_, index) => checkpoint(index)))],
    ["half an answer", (_, response) => response.write('[{"index":', () => response.destroy())],
  ] as [string, RequestListener][]) {
    it(`takes ${what} for no answer`, async () => {
      const error = await rejected(ask(await sourceOf(listener)));
      expect(error.code).to.equal("VALIDATOR_UNAVAILABLE");
      expect(error.retryable).to.equal(true);
      expect(error.shortMessage).to.contain(VALIDATOR);
    });
  }

  it("knows its validator however the address is written", () => {
    const source = new HttpVoucherSource({ validator: VALIDATOR.toLowerCase(), url: "http://127.0.0.1" });
    expect(source.validator).to.equal(getAddress(VALIDATOR.toLowerCase()));
  });

  it("takes nobody there for no answer", async () => {
    const source = new HttpVoucherSource({ validator: VALIDATOR, url: `http://127.0.0.1:${PORT + 2}` });
    expect((await rejected(ask(source))).code).to.equal("VALIDATOR_UNAVAILABLE");
  });

  it("reads no more of an answer than could be one", async () => {
    let sent = 0;
    const source = await sourceOf((_, response) => {
      const piece = " ".repeat(1 << 20);
      const more = (): void => {
        while (!response.destroyed && sent < 256) {
          sent++;
          if (!response.write(piece)) {
            response.once("drain", more);
            return;
          }
        }
        response.end("[]");
      };
      more();
    });
    expect((await rejected(ask(source))).code).to.equal("VALIDATOR_UNAVAILABLE");
    expect(sent).to.be.below(64);
  });

  it("waits for no answer longer than some seconds", async () => {
    const source = await sourceOf(() => undefined);
    const began = performance.now();
    expect((await rejected(ask(source))).code).to.equal("VALIDATOR_UNAVAILABLE");
    expect(performance.now() - began).to.be.within(4000, 9000);
  });

  it("asks below the path of its base URL", async () => {
    let path: string | undefined;
    const source = await sourceOf((request, response) => {
      path = request.url;
      response.end("[]");
    }, "/relays/north");
    expect(await ask(source)).to.deep.equal([]);
    expect(path).to.equal(`/relays/north/checkpoints/${VALIDATOR}/71/${GATEWAY}?from=0`);
  });
});

/** Values by name and labels; throws on what is not Prometheus' text format. */
function parseMetrics(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || /^# (HELP|TYPE) [a-z_]+ .+$/.test(line)) continue;
    const match = /^([a-z_]+(?:\{(?:[a-z_]+="[^"\\]*",?)+\})?) (-?[0-9.e+-]+)$/.exec(line);
    if (match === null) throw new Error(`No metric: ${line}`);
    values.set(match[1]!, Number(match[2]));
  }
  return values;
}
