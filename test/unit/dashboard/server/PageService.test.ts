import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Registry } from "prom-client";

import { addressOf, ScriptedNetwork } from "../../../../bench/page/ScriptedNetwork.ts";
import type { FreshnessView } from "../../../../dashboard/api/FreshnessView.ts";
import type { MessageLine, MessagesView } from "../../../../dashboard/api/MessageRow.ts";
import type { MoneyView } from "../../../../dashboard/api/MoneyView.ts";
import type { NetworkView } from "../../../../dashboard/api/NetworkView.ts";
import type { StatementsView, StatementView } from "../../../../dashboard/api/StatementView.ts";
import type { TaskLive } from "../../../../dashboard/api/TaskLive.ts";
import type { TaskRow } from "../../../../dashboard/api/TaskRow.ts";
import type { Paged } from "../../../../dashboard/api/values.ts";
import type { PageEvent } from "../../../../dashboard/server/PageEvent.ts";
import { PageMetrics } from "../../../../dashboard/server/PageMetrics.ts";
import { PageService, type PageServiceModules } from "../../../../dashboard/server/PageService.ts";
import { systemClock } from "../../../../protocol/Clock.ts";
import { RemoteStore } from "../../../../storage/RemoteStore.ts";
import { deepOnly } from "../../../tier.ts";

/** How long something that must come may take, milliseconds. */
const PATIENCE = 15_000;

describe("the page's server", () => {
  let network: ScriptedNetwork;
  let built: string;
  let service: PageService;
  let url: string;

  before(async () => {
    built = await mkdtemp(join(tmpdir(), "freshet-page-"));
    await writeFile(join(built, "index.html"), "<!doctype html><title>Freshet</title>");
    await writeFile(join(built, "page.js"), "export {};\n".repeat(1000));
  });
  after(() => rm(built, { recursive: true }));
  beforeEach(async () => {
    network = new ScriptedNetwork();
    await network.listen();
  });
  afterEach(async () => {
    await service?.stop();
    await network.close();
  });

  async function start(more: Partial<PageServiceModules> = {}, allowsReExecution = false): Promise<void> {
    const storage = new RemoteStore({ servers: ["http://127.0.0.1:9"] });
    const started = await PageService.start(
      network.file,
      { version: "0.1.0", place: { host: "127.0.0.1", port: 0 }, built, allowsReExecution },
      { clock: systemClock, storage, ...more },
    );
    service = started.page;
    url = started.url;
    await Promise.all(service.watch.feeds.map(({ firstRead }) => firstRead));
  }

  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${url}/api${path}`)).json()) as T;

  /** Asks again until something is so. */
  async function until<T>(path: string, holds: (answer: T) => boolean): Promise<T> {
    for (const end = Date.now() + PATIENCE; ; ) {
      const answer = await get<T>(path);
      if (holds(answer)) return answer;
      if (Date.now() > end) throw new Error(`It is still: ${JSON.stringify(answer).slice(0, 2000)}`);
      await systemClock.sleep(50);
    }
  }

  /** Events of a stream as they come, until `enough`. */
  async function heard(
    topics: string,
    enough: (types: readonly string[]) => boolean,
    lastId?: string,
  ): Promise<{ types: string[]; lastId: string }> {
    const ended = new AbortController();
    const response = await fetch(`${url}/api/events?topics=${topics}`, {
      headers: lastId === undefined ? {} : { "last-event-id": lastId },
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)]),
    });
    let text = "";
    const decoder = new TextDecoder();
    const types = () => [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type!);
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true });
      if (enough(types())) break;
    }
    ended.abort();
    return { types: types(), lastId: [...text.matchAll(/^id: (.*)$/gm)].at(-1)![1]! };
  }

  /** A request as somebody means harm: with any path and headers. */
  const ask = (
    path: string,
    {
      method = "GET",
      headers = {},
      body,
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const asked = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      asked.on("error", reject).end(body);
    });

  describe("shows", () => {
    it("a whole task: rounds, freshness, money to the wei, formulas that agree", async () => {
      network.run({ workers: 3, refreshes: 6, rounds: 2 });
      await start();
      const { rows, total } = await get<Paged<TaskRow>>("/tasks");
      expect(total).to.equal(1);
      expect(rows[0]).to.include({ taskId: "1", status: "Completed", mechanism: "aoi-contract", workers: 3 });
      expect(rows[0]!.rounds).to.deep.equal({ finalized: 2, most: 2 });

      const live = await get<TaskLive>("/tasks/1");
      expect(live.curve.map(({ round }) => round)).to.deep.equal([1, 2]);
      expect(live.workers.map(({ acceptedRounds }) => acceptedRounds)).to.deep.equal([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);

      const fresh = await get<FreshnessView>("/tasks/1/freshness");
      for (const worker of fresh.workers) {
        expect(worker.refreshes).to.have.length(6);
        expect(worker).to.include({ freshSeconds: 10, coveredSeconds: 60, choice: "item 1" });
        expect(worker.uncovered).to.deep.equal([]);
      }

      const money = await get<MoneyView>("/tasks/1/money");
      const [funded, paid, refunded, held] = [money.funded, money.paid, money.refunded, money.held].map(
        BigInt,
      );
      expect(funded).to.equal(paid! + refunded! + held!);
      expect(money.payments).to.have.length(3);
      for (const { formula, amount } of money.payments) {
        expect(formula).to.include({ result: amount, agrees: true });
      }
      const into = (kind: string) =>
        money.flows
          .filter(({ to }) => to.kind === kind)
          .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      const outOf = (kind: string) =>
        money.flows
          .filter(({ from }) => from.kind === kind)
          .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      expect(into("escrow")).to.equal(outOf("escrow")).and.to.equal(funded);
      expect(into("subchain")).to.equal(outOf("subchain")).and.to.equal(paid);
    });

    it("statements that add up to what was paid, to the wei, and who has none", async () => {
      network.run({ workers: 3, refreshes: 6, rounds: 2 });
      network.run({ workers: 3, refreshes: 3, rounds: 2 });
      await start();
      for (const task of ["1", "2"]) {
        const { payments } = await get<MoneyView>(`/tasks/${task}/money`);
        const { workers, rules } = await get<StatementsView>(`/tasks/${task}/statement`);
        expect(rules).not.to.have.length(0);
        expect(workers.map(({ worker }) => worker)).to.have.members(payments.map(({ worker }) => worker));
        for (const { worker, chain, ...row } of workers) {
          const told = await get<StatementView>(`/tasks/${task}/statement/${worker}?chain=${chain}`);
          if (!told.available) throw new Error(`${worker} is told to have no part.`);
          const { possible, entries, earned, paid, claimed } = told.statement;
          const left = entries.reduce((rest, { amount }) => rest - BigInt(amount), BigInt(possible));
          expect(String(left)).to.equal(earned);
          expect(earned)
            .to.equal(paid)
            .and.to.equal(payments.find((one) => one.worker === worker)!.amount);
          expect(row).to.include({ earned, possible, open: "0", standing: "paid" });
          expect(BigInt(row.lost)).to.equal(BigInt(possible) - BigInt(earned));
          expect(claimed).to.include({ chain: "main" });
        }
      }
      // The script pays the second task's workers as if they had refreshed in time: that is no pay of the contracts'.
      const { workers } = await get<StatementsView>("/tasks/2/statement");
      for (const { most } of workers) expect(most?.text ?? "").to.match(/not fresh|explain/);
      const stranger = await get<StatementView>(`/tasks/1/statement/${addressOf("nobody")}`);
      expect(stranger).to.include({ available: false });
      expect((await ask("/api/tasks/1/statement/0x12")).status).to.equal(400);
    });

    it("messages with where they are, and what helps when a route is paused", async () => {
      const ids = network.send(5, 1);
      await start();
      const { counts, rows } = await get<MessagesView>("/messages");
      expect(counts).to.include({ sent: 5, delivered: 4, open: 1 });
      expect(rows.find(({ id }) => id === ids.at(-1))).to.include({
        state: "open",
        kind: "RevealsOpened",
        taskId: "1",
      });
      network.pauseRoute();
      const line = await until<MessageLine>(
        `/messages/${ids.at(-1)}`,
        ({ help }) => typeof help?.command === "string",
      );
      expect(line.help!.why).to.match(/paused on relay/);
      const { routes } = await get<NetworkView>("/network");
      const route = routes.find(({ origin, destination }) => origin === "main" && destination === "relay")!;
      expect(route.state).to.equal("paused");
      expect(route.since).to.include({ chain: "relay" });
      expect(route.messages).to.deep.equal({ sent: 5, delivered: 4, open: 1, stuck: 0 });
    });

    it("a message that nobody delivers as stuck, with the command that delivers it", async () => {
      const ids = network.send(2, 1);
      await start();
      network.time += 1000;
      network.publish();
      const line = await until<MessageLine>(`/messages/${ids[1]}`, ({ row }) => row.state === "stuck");
      expect(line.help!.command).to.equal(`./freshet relay self-relay ${ids[1]}`);
    });
  });

  describe("pushes", () => {
    it("what changes, and what was missed by who comes back with the last id", async () => {
      await start();
      const first = heard("tasks", (types) => types.includes("tasks"));
      network.publish();
      const { lastId } = await first;
      network.publish();
      await until<Paged<TaskRow>>("/tasks", ({ total }) => total === 2);
      await systemClock.sleep(600);
      const again = await heard("tasks", (types) => types.includes("tasks"), lastId);
      expect(again.types).to.deep.equal(["hello", "tasks"]);
    });

    it("a reset to who was here before the server was started", async () => {
      await start();
      const { types } = await heard("tasks", (all) => all.length === 2, "1-5");
      expect(types).to.deep.equal(["hello", "reset"]);
    });
  });

  describe("when chains fail", () => {
    it("folds a replaced branch anew, and tells everybody", async () => {
      network.run({ workers: 2, refreshes: 2, rounds: 1 });
      await start();
      const kept = network.main.height;
      network.publish();
      await until<Paged<TaskRow>>("/tasks", ({ total }) => total === 2);
      const told = heard("network", (types) => types.includes("replaced"));
      await systemClock.sleep(100);
      network.main.takeBack(kept + 1);
      network.main.mine([], ++network.time);
      network.main.mine([], ++network.time);
      await told;
      const { total } = await until<Paged<TaskRow>>("/tasks", (answer) => answer.total === 1);
      expect(total).to.equal(1);
      const { chains } = await get<NetworkView>("/network");
      expect(chains[0]!.replaced).to.have.length(1);
      expect(chains[0]!.replaced[0]).to.include({ above: kept });
      expect(chains[0]!.connection).to.equal("following");
      const money = await get<MoneyView>("/tasks/1/money");
      expect(BigInt(money.funded)).to.equal(BigInt(money.paid) + BigInt(money.refunded) + BigInt(money.held));
      expect(money.movements.filter(({ kind }) => kind === "funded")).to.have.length(1);
    });

    it("says since when a chain does not answer, and goes on when it does again", async () => {
      network.publish();
      await start();
      await network.virtual.close();
      const lost = await until<NetworkView>(
        "/network",
        ({ chains }) => chains[2]!.connection === "disconnected",
      );
      expect(lost.chains[2]!.trouble!.message).to.be.a("string").and.not.equal("");
      expect(lost.chains[2]!.since).to.be.closeTo(Date.now() / 1000, 20);
      expect((await get<Paged<TaskRow>>("/tasks")).total).to.equal(1);
      await network.virtual.listen();
      await until<NetworkView>("/network", ({ chains }) => chains[2]!.connection === "following");
    });

    it("takes no chain's clock to be behind as its block was only read late", async () => {
      network.publish();
      await start();
      await network.main.close();
      await until<NetworkView>("/network", ({ chains }) => chains[0]!.connection === "disconnected");
      network.main.mine([], Math.ceil(Date.now() / 1000));
      await systemClock.sleep(3000);
      await network.main.listen();
      const { chains } = await until<NetworkView>(
        "/network",
        ({ chains: [main] }) => main!.head!.number === network.main.height,
      );
      expect(chains[0]!.clockLagSeconds).to.be.below(1);
      expect(service.watch.now).to.be.closeTo(Date.now() / 1000, 2);
    });

    it("listens before any chain answers", async () => {
      await network.close();
      const storage = new RemoteStore({ servers: ["http://127.0.0.1:9"] });
      const started = await PageService.start(
        network.file,
        { version: "0.1.0", place: { host: "127.0.0.1", port: 0 }, built },
        { clock: systemClock, storage },
      );
      ({ page: service, url } = started);
      const { chains } = await get<NetworkView>("/network");
      expect(chains.map(({ connection }) => connection)).to.deep.equal(Array(3).fill("disconnected"));
      expect((await ask("/api/tasks/1")).status).to.equal(503);
    });
  });

  it("tells metrics of what it answers, holds and had to read anew", async () => {
    const registry = new Registry();
    const metrics = new PageMetrics(registry, { chains: ["main", "relay", "virtual"] });
    network.run({ workers: 2, refreshes: 2, rounds: 1 });
    const events: PageEvent[] = [];
    await start({
      listener: (event) => {
        events.push(event);
        metrics.hear(event);
      },
    });
    metrics.tellHeld(() => service.held);
    await get("/tasks");
    await ask("/nothing");
    const kept = network.main.height;
    network.publish();
    await until<Paged<TaskRow>>("/tasks", ({ total }) => total === 2);
    const told = heard("tasks", (types) => types.includes("replaced"));
    await systemClock.sleep(100);
    network.main.takeBack(kept + 1);
    for (let n = 0; n < 3; n++) network.main.mine([], ++network.time);
    await told;
    const text = await registry.metrics();
    expect(text).to.match(/freshet_page_answers_total\{status="200"\} [1-9]/);
    expect(text).to.match(/freshet_page_answers_total\{status="404"\} 1\n/);
    expect(text).to.match(/freshet_page_answer_duration_seconds_count [2-9]/);
    expect(text).to.contain("freshet_page_held_tasks 1\n");
    expect(text).to.contain("freshet_page_held_messages 0\n");
    expect(text).to.contain('freshet_page_branches_replaced_total{chain="main"} 1\n');
    expect(text).to.contain('freshet_page_branches_replaced_total{chain="virtual"} 0\n');
    expect(events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
  });

  it("costs the chains the same, whether nobody looks on or 20 do", async () => {
    network.run({ workers: 2, refreshes: 2, rounds: 1 });
    await start();
    const asked = async () => {
      const before = network.chains.reduce((sum, { questions }) => sum + questions, 0);
      await systemClock.sleep(1000);
      return network.chains.reduce((sum, { questions }) => sum + questions, 0) - before;
    };
    const counts: number[] = [];
    for (const viewers of [0, 1, 20]) {
      const ended = new AbortController();
      const lines = Array.from({ length: viewers }, () =>
        fetch(`${url}/api/events?topics=tasks,task.1,messages`, { signal: ended.signal })
          .then(async ({ body }) => {
            for await (const _ of body!);
          })
          .catch(() => undefined),
      );
      const looking = setInterval(() => {
        for (let n = 0; n < viewers; n++) {
          const path = ["/tasks", "/tasks/1", "/tasks/1/money", "/tasks/1/statement", "/messages"][n % 5]!;
          void get(path).catch(() => undefined);
        }
      }, 50);
      counts.push(await asked());
      expect(service.hub.viewers).to.equal(viewers);
      clearInterval(looking);
      ended.abort();
      await Promise.all(lines);
      await systemClock.sleep(50);
    }
    const [none, ...some] = counts;
    expect(none).to.be.above(5);
    // Each chain is asked four times a second; where a second begins, one more may be in it.
    for (const count of some) expect(count, String(counts)).to.be.within(0.6 * none!, 1.3 * none! + 3);
  });

  describe("against strangers", () => {
    it("is asked by its addresses and own names only", async () => {
      await start();
      const statuses = await Promise.all(
        [
          "localhost:1",
          "127.0.0.1",
          "[::1]:9280",
          "10.1.2.3",
          "evil.example",
          "evil.example:9280",
          "%",
          "a b",
        ].map(async (host) => (await ask("/api/network", { headers: { host } })).status),
      );
      expect(statuses.slice(0, 4)).to.deep.equal([200, 200, 200, 200]);
      expect(statuses.slice(4, 6)).to.deep.equal([421, 421]);
      expect(statuses.slice(6).every((status) => status >= 400)).to.equal(true);
    });

    it("is only read from", async () => {
      await start();
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]) {
        expect((await ask("/api/tasks/1/audit", { method, body: "{}" })).status, method).to.equal(405);
        expect((await ask("/", { method })).status, method).to.equal(405);
      }
      expect((await ask("/", { method: "HEAD" })).status).to.equal(200);
    });

    it("gives out its files and nothing beside them, however a path is written", async () => {
      await start();
      const page = await ask("/page.js", { headers: { "accept-encoding": "br" } });
      expect(page.headers["content-encoding"]).to.equal("br");
      for (const path of [
        "/../package.json",
        "/..%2fpackage.json",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/.",
        "/page.js/../../x",
        "/page.js%00.html",
        "/api/../package.json",
        "/index.html/",
        "/constructor",
        "/__proto__",
      ]) {
        const { status, body } = await ask(path);
        expect([200, 404, 400], path).to.include(status);
        expect(body, path).not.to.match(/root:|"dependencies"/);
      }
      expect((await ask("/nothing.js")).status).to.equal(404);
    });

    it("has browsers load and run nothing of others, on every answer", async () => {
      await start();
      for (const path of ["/", "/page.js", "/api/network", "/nothing", "/api/tasks/99"]) {
        const { headers } = await ask(path);
        expect(headers["content-security-policy"], path)
          .to.match(/^default-src 'none'/)
          .and.not.match(/unsafe|\*/);
        expect(headers["x-content-type-options"], path).to.equal("nosniff");
        expect(headers["referrer-policy"], path).to.equal("no-referrer");
      }
    });

    it("refuses questions that are none, and takes no large one", async () => {
      await start();
      const statusOf = async (path: string) => (await ask(path)).status;
      expect(await statusOf("/api/tasks?limit=501")).to.equal(400);
      expect(await statusOf("/api/tasks?from=-1")).to.equal(400);
      expect(await statusOf("/api/tasks?what=1")).to.equal(400);
      expect(await statusOf(`/api/tasks?search=${"a".repeat(101)}`)).to.equal(400);
      expect(await statusOf("/api/tasks/1e3")).to.equal(400);
      expect(await statusOf("/api/compare?tasks=1,2,3,4,5,6,7,8,9")).to.equal(400);
      expect(await statusOf("/api/messages/0x12")).to.equal(400);
      expect(await statusOf("/api/tasks/7")).to.equal(404);
      expect(await statusOf(`/api/tasks?search=${"a".repeat(20_000)}`)).to.equal(431);
    });

    it("makes an audit for its own page only, and only where that is allowed", async () => {
      network.run({ workers: 1, refreshes: 1, rounds: 1 });
      const made: number[] = [];
      await start(
        {
          makeAudit: async (task, { reExecute }) => {
            made.push(reExecute);
            return { task, status: "Completed", outcome: "holds", ok: true, checks: [] };
          },
        },
        false,
      );
      const { host } = new URL(url);
      const json = { "content-type": "application/json", host };
      const post = (headers: Record<string, string>, body = "{}") =>
        ask("/api/tasks/1/audit", { method: "POST", headers, body });
      expect((await post({ ...json })).status).to.equal(403);
      expect((await post({ ...json, origin: "http://evil.example" })).status).to.equal(403);
      expect((await post({ ...json, origin: "null" })).status).to.equal(403);
      expect((await post({ host, origin: url, "content-type": "text/plain" })).status).to.equal(403);
      const own = { ...json, origin: url };
      expect((await post(own, "[]")).status).to.equal(400);
      expect((await post(own, JSON.stringify({ reExecute: 1 }))).status).to.equal(405);
      expect((await post(own, JSON.stringify({ pad: "x".repeat(2000) }))).status).to.equal(413);
      expect((await ask("/api/tasks/9/audit", { method: "POST", headers: own, body: "{}" })).status).to.equal(
        404,
      );
      expect(made).to.deep.equal([]);
      expect((await post(own)).status).to.equal(202);
      const audit = await until<{ state: string; outcome: string }>(
        "/tasks/1/audit",
        ({ state }) => state === "done",
      );
      expect(audit.outcome).to.equal("holds");
      expect(made).to.deep.equal([0]);
    });

    deepOnly("answers among thousands of connections, and of those who look on", async () => {
      await start();
      const { hostname, port } = new URL(url);
      const sockets: Socket[] = [];
      try {
        for (let n = 0; n < 2000; n++) {
          const socket = connect({ host: hostname, port: Number(port) });
          socket.on("error", () => undefined);
          sockets.push(socket);
          if (n % 100 === 99) await once(socket, "connect").catch(() => undefined);
        }
        for (const socket of sockets.slice(-100)) {
          socket.pause();
          socket.write(`GET /api/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
        }
        expect((await ask("/api/network")).status).to.equal(200);
        expect(service.hub.viewers).to.be.at.most(64);
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    });
  });
});
