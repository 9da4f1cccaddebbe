import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { type LocalRole, localKey } from "../../chains/networks/localKeys.ts";
import { trustOrigins } from "../../protocol/trustOrigins.ts";
import { Holdings } from "../../storage/Holdings.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { taskSpans } from "../../tasks/taskSpans.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { Program } from "./Program.ts";
import { TestNetwork } from "./TestNetwork.ts";

const BASE_PORT = 9980;
const STORAGE = `https://127.0.0.1:${BASE_PORT + 12}`;
const RELAY = `https://127.0.0.1:${BASE_PORT + 13}`;
const AGGREGATOR = `https://127.0.0.1:${BASE_PORT + 14}`;
const TLS = fileURLToPath(new URL("../vectors/tls", import.meta.url));
const TOKEN = "the-publisher-s-token-0123456789abcdef";
/** A certificate for servers and clients, and only clients that have one of the same authority. */
const MUTUAL = {
  certificate: join(TLS, "server.pem"),
  key: join(TLS, "server-key.pem"),
  authorities: [join(TLS, "ours.pem")],
  clients: "required",
};

/**
 * A task whose parties reach each other as they would across machines: every service with TLS and clients' certificates,
 * storage in a process of its own, to which the publisher writes with a token, and aggregator and workers with
 * signatures. Its chains are local ones.
 */
describe("storage of one's own", function () {
  // Programs take long to start on a busy machine.
  this.timeout(600_000);
  let network: TestNetwork;
  let networkFile: string;
  const programs: Program[] = [];

  const nodeFile = async (name: string, rest: Record<string, unknown>) => {
    const path = join(network.config.directory, `${name}.node.json`);
    await writeFile(path, JSON.stringify({ version: 1, organization: name, keys: {}, tls: MUTUAL, ...rest }));
    return path;
  };
  const keyOf = (role: LocalRole) => {
    const { address, privateKey } = localKey(role);
    const name = `FRESHET_TEST_KEY_${address.slice(2).toUpperCase()}`;
    process.env[name] = privateKey;
    return [{ environment: name }];
  };
  const start = async (ready: string, ...words: string[]) => {
    const program = new Program(...words, "--network", networkFile);
    programs.push(program);
    await program.said(ready);
    return program;
  };

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["virtual", "physical"] });
    const file = JSON.parse(await readFile(network.path, "utf8"));
    const shared = join(network.config.directory, "shared");
    await mkdir(shared);
    networkFile = join(shared, "network.json");
    const reachedAt = (url: string) => (one: object) => ({ ...one, url });
    await writeFile(
      networkFile,
      JSON.stringify({
        ...file,
        storage: { url: STORAGE },
        validators: file.validators.map(reachedAt(RELAY)),
        aggregators: file.aggregators.map(reachedAt(AGGREGATOR)),
      }),
    );
    await writeFile(join(network.config.directory, "token"), `${TOKEN}\n`);
  });
  after(async () => {
    for (const program of programs) await program.kill();
    await network?.stop();
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("FRESHET_TEST_KEY_")) delete process.env[name];
    }
  });

  it("carries a task to its end between processes that trust only certificates, tokens and signatures", async () => {
    const storage = await nodeFile("storage", {
      storageServer: {
        directory: "served",
        tokens: [{ writer: "publisher", token: { file: "token" } }],
        quotaMegabytes: 64,
      },
      bind: { storage: { host: "127.0.0.1" } },
    });
    const relay = await nodeFile("relay", {
      keys: {
        validator: network.file.validators.map((_, index) => {
          const { address, privateKey } = localKey("validator", index);
          const name = `FRESHET_TEST_KEY_${address.slice(2).toUpperCase()}`;
          process.env[name] = privateKey;
          return { environment: name };
        }),
        relayer: keyOf("relayer"),
        keeper: keyOf("keeper"),
      },
    });
    const aggregator = await nodeFile("aggregator", { keys: { aggregator: keyOf("aggregator") } });
    const twinOnly = [{ address: localKey("twin").address }];
    const device = await nodeFile("device", { keys: { device: keyOf("device"), twin: twinOnly } });
    const twin = await nodeFile("twin", { keys: { twin: keyOf("twin") } });
    const publisher = await nodeFile("publisher", {
      keys: { publisher: keyOf("publisher") },
      storage: { token: { file: "token" } },
    });
    const auditor = await nodeFile("auditor", {});
    const workers = join(network.config.directory, "workers.json");
    const owner = { name: "device", cost: "1", twinCost: "1" };
    await writeFile(
      workers,
      JSON.stringify({ devices: [{ ...owner, privacyPolicy: { kind: "fraction", fraction: 1 } }] }),
    );

    await start(`storage is served at ${STORAGE}`, "storage", "start", "--node", storage);
    await start("the relay is running", "relay", "start", "--node", relay);
    await start("is running", "aggregator", "start", "--node", aggregator);
    const working = ["worker", "start", "--workers", workers, "--node"];
    await start("ready for tasks", ...working, device, "--only", "devices");
    await start("ready for tasks", ...working, twin, "--only", "twins");
    const spec = join(network.config.directory, "task.json");
    await writeFile(
      spec,
      JSON.stringify({
        ...smallSpec(),
        rounds: 1,
        aggregators: { attestations: 1, of: 1 },
        reward: {
          policy: "aoi-contract",
          menu: { items: [{ period: 6, reward: "1000000", cost: "5" }] },
        },
        schedule: {
          enrolSeconds: 20,
          epochSeconds: 40,
          commitSeconds: 30,
          revealSeconds: 15,
          reportSeconds: 15,
          deadlineSeconds: 170,
          claimSeconds: 120,
        },
      }),
    );
    const run = async (...words: string[]) => {
      const program = new Program(...words, "--network", networkFile);
      programs.push(program);
      const code = await program.exitCode();
      return { code, said: program.stdout + program.stderr };
    };
    const submitted = await run("task", "submit", spec, "--node", publisher, "--wait");
    expect(submitted.code, submitted.said).to.equal(0);
    const audited = await run("audit", "1", "--node", auditor);
    expect(audited.code, audited.said).to.equal(0);
    expect(audited.said).to.match(/2 payments/);

    const holdings = Holdings.open(join(network.config.directory, "served", "holdings.sqlite"));
    expect(
      holdings
        .writers()
        .map(({ writer }) => writer)
        .toSorted(),
    ).to.deep.equal(
      [
        "publisher",
        ...(["aggregator", "device", "twin"] as const).map((role) => localKey(role).address.toLowerCase()),
      ].toSorted(),
    );
    holdings.close();

    // What it goes by when it is looked for what may go.
    const [span, ...more] = await taskSpans(
      network.main,
      new TaskHistory(network.clients, network.config.directory),
    );
    expect(more).to.deep.equal([]);
    expect(span!.overAt).to.be.greaterThan(span!.publishedAt);

    const pem = (name: string) => readFileSync(join(TLS, `${name}.pem`), "utf8");
    const undo = trustOrigins([RELAY], {
      authorities: [pem("ours")],
      certificate: pem("client"),
      key: pem("client-key"),
    });
    expect((await fetch(`${RELAY}/health`)).status).to.equal(200);
    await undo();

    const unknown = await nodeFile("unknown", { tls: { authorities: MUTUAL.authorities } });
    const refused = await run("audit", "1", "--node", unknown);
    expect(refused.code).not.to.equal(0);
    expect(refused.said).to.contain("only clients with a certificate");
    for (const program of programs) expect(`${program.stdout}${program.stderr}`).not.to.contain(TOKEN);
  });
});
