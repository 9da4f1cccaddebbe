import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { chainsOf, networkFileSchema } from "../../chains/networks/networkFile.ts";
import { ownKey } from "../integration/consortium.ts";
import { SecretHunt } from "../integration/SecretHunt.ts";
import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Companies } from "./Companies.ts";
import { ask } from "./EngineApi.ts";
import { freePorts } from "./freePorts.ts";
import { GethChain } from "./GethChain.ts";
import { endedInBlocks } from "./inBlocks.ts";

const CHAINS = [
  // Two nodes, which pass on to each other what costs nothing.
  { name: "main", nodes: 2 },
  { name: "relay", nodes: 1 },
  { name: "virtual", nodes: 1 },
  { name: "physical", nodes: 1 },
] as const;
const FIRST_CHAIN_ID = 424_251;
const BLOCK_SECONDS = 2;
const FINALITY_BLOCKS = 3;
/** Blocks of the main chain, after which what has not come does not come. */
const MOST_BLOCKS = 600;
/** The contracts' compilation for chains that last, without a cache, on a busy machine. */
const COMPILE_MILLISECONDS = 1_800_000;
const TLS = fileURLToPath(new URL("../vectors/tls", import.meta.url));
/** A certificate for servers and clients; servers answer only clients that have one of the same authority. */
const MUTUAL = {
  certificate: join(TLS, "server.pem"),
  key: join(TLS, "server-key.pem"),
  authorities: [join(TLS, "ours.pem")],
  clients: "required",
};
/** Who has which keys. */
const KEYS = {
  acme: {
    deployer: ["deployer"],
    registrar: ["registrar"],
    publisher: ["publisher"],
    validator: ["validator 1", "validator 2"],
    relayer: ["relayer"],
    keeper: ["keeper"],
    aggregator: ["aggregator 1"],
  },
  borea: { validator: ["validator 3"], aggregator: ["aggregator 2"], device: ["device"] },
} as const;
const NETWORK = "--network network.json";

/**
 * What is to run where it counts: contracts of the production profile on geth whose transactions cost nothing, owned by a
 * timelock, and two companies whose services speak mutual TLS. Nobody has any of the chains' coin.
 */
describe("two companies on geth, with the production profile, free gas and mutual TLS", function () {
  this.timeout(2_400_000);
  let directory: string;
  let companies: Companies;
  const chains = new Map<string, GethChain>();
  const servers: Record<
    "storage" | "validator1" | "validator2" | "validator3" | "aggregator1" | "aggregator2",
    string
  > = { storage: "", validator1: "", validator2: "", validator3: "", aggregator1: "", aggregator2: "" };
  const names = [
    ...new Set([
      ...Object.values(KEYS.acme).flat(),
      ...Object.values(KEYS.borea).flat(),
      "twin",
      "proposer",
      "other proposer",
    ]),
  ];
  let failed = false;

  const addressOf = (name: string) => ownKey(name).address;
  const variableOf = (name: string) => `FRESHET_TEST_PRODUCTION_${name.replaceAll(" ", "_").toUpperCase()}`;
  const inEnvironment = (name: string) => ({ environment: variableOf(name) });
  const nodeFile = (path: string, rest: Record<string, unknown>) =>
    companies.write(path, JSON.stringify({ version: 1, keys: {}, tls: MUTUAL, ...rest }));
  const keysOf = (who: keyof typeof KEYS) =>
    Object.fromEntries(Object.entries(KEYS[who]).map(([role, own]) => [role, own.map(inEnvironment)]));
  const within = () => ({ chain: chains.get("main")!, blocks: MOST_BLOCKS });

  before(async function () {
    this.timeout(BUILD_MILLISECONDS);
    const { geth } = await builtTools(this, ["geth"]);
    directory = await mkdtemp(join(tmpdir(), "freshet-production-"));
    companies = await Companies.at(join(directory, "companies"), new Map());
    for (const name of names) process.env[variableOf(name)] = ownKey(name).privateKey;
    const started = await Promise.all(
      CHAINS.map(({ name, nodes }, i) =>
        GethChain.start({
          ...{ binary: geth, name, nodes, chainId: FIRST_CHAIN_ID + i, directory: join(directory, name) },
          ...{ rich: [], freeGas: true, blockSeconds: BLOCK_SECONDS, finalityBlocks: FINALITY_BLOCKS },
        }),
      ),
    );
    for (const chain of started) chains.set(chain.name, chain);
    const ports = await freePorts(Object.keys(servers).length);
    for (const [i, name] of Object.keys(servers).entries())
      servers[name as keyof typeof servers] = `https://127.0.0.1:${ports[i]}`;
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = true;
  });
  after(async function () {
    this.timeout(120_000);
    await companies?.stop();
    for (const chain of chains.values()) await chain.stop();
    for (const name of names) delete process.env[variableOf(name)];
    if (directory === undefined) return;
    if (failed) console.log(`    what everybody printed is in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  });

  it("deploy without any coin, and leave the network to a timelock", async function () {
    this.timeout(COMPILE_MILLISECONDS);
    const server = (name: string, url: string) => ({ address: addressOf(name), url });
    await companies.write(
      "acme/deployment.json",
      JSON.stringify({
        version: 1,
        chains: CHAINS.map(({ name }, i) => ({
          ...{ name, role: name, chainId: FIRST_CHAIN_ID + i, url: chains.get(name)!.nodes[0]!.url },
          ...{ finality: "finalized", finalizedBlocks: FINALITY_BLOCKS, blockSeconds: BLOCK_SECONDS },
        })),
        organizations: [
          {
            name: "Acme",
            proposers: [addressOf("proposer")],
            registrars: [addressOf("registrar")],
            validators: [
              server("validator 1", servers.validator1),
              server("validator 2", servers.validator2),
            ],
            aggregators: [server("aggregator 1", servers.aggregator1)],
          },
          {
            name: "Borea",
            proposers: [addressOf("other proposer")],
            validators: [server("validator 3", servers.validator3)],
            aggregators: [server("aggregator 2", servers.aggregator2)],
          },
        ],
        validatorThreshold: 2,
        guardian: addressOf("guardian"),
        owner: { timelock: { delaySeconds: 3600 } },
        mechanisms: ["aoi-contract"],
        token: { deploy: { holder: addressOf("publisher"), supplyWei: "1000000000000000000000" } },
        fees: { collector: addressOf("relayer") },
        storage: { url: servers.storage },
      }),
    );
    // The other node of the main chain: Acme's passes on what it was given.
    const endpoints = { main: [chains.get("main")!.nodes[0]!.url] };
    await nodeFile("acme/node.json", {
      organization: "Acme",
      keys: keysOf("acme"),
      endpoints,
      storageServer: { directory: "content", writers: [addressOf("publisher")] },
    });
    const elsewhere = { main: chains.get("main")!.endpoints(1) };
    const twin = { address: addressOf("twin") };
    await nodeFile("borea/node.json", {
      organization: "Borea",
      keys: { ...keysOf("borea"), twin: [twin] },
      endpoints: elsewhere,
    });
    await nodeFile("borea/twin.json", {
      organization: "Borea",
      keys: { device: [{ address: addressOf("device") }], twin: [inEnvironment("twin")] },
      endpoints: elsewhere,
    });
    await nodeFile("auditor/node.json", {});
    const printed = await companies.run(
      "acme",
      "freshet deploy deployment.json --node node.json --out network.json",
      COMPILE_MILLISECONDS,
    );
    expect(printed).to.contain("the network is in");
    for (const who of ["borea", "auditor"]) await companies.run(who, "cp ../acme/network.json network.json");
  });

  it("admit Borea's device and twin", async function () {
    if (failed) return this.skip();
    for (const role of ["device", "twin"]) {
      const node = role === "device" ? "node.json" : "twin.json";
      await companies.run(
        "borea",
        `freshet join --role ${role} --node ${node} ${NETWORK} --out ${role}-joins.json`,
      );
    }
    const admitted = await endedInBlocks(
      await companies.begin(
        "acme",
        `freshet admit ../borea/device-joins.json ../borea/twin-joins.json --node node.json ${NETWORK}`,
      ),
      within(),
    );
    expect(admitted)
      .to.match(/virtual: 1 registered/)
      .and.to.match(/physical: 1 registered/);
  });

  it("serve each other only with certificates, every validator where the network file says", async function () {
    if (failed) return this.skip();
    await companies.write(
      "borea/workers.json",
      JSON.stringify({
        devices: [
          { name: "press", cost: "1", twinCost: "1", privacyPolicy: { kind: "fraction", fraction: 0.8 } },
        ],
      }),
    );
    const serve = (who: string, words: string, ready: string) =>
      companies.serve({ kind: "service", who, line: `freshet ${words} ${NETWORK}`, ready });
    await serve("acme", "storage start --node node.json", "storage is served at");
    const relay = await serve("acme", "relay start --node node.json", "the relay is running");
    expect(relay).to.contain(servers.validator1).and.to.contain(servers.validator2);
    await serve("borea", "relay start --parts validators --node node.json", "the relay is running");
    await serve("acme", "aggregator start --index 0 --node node.json", "is running");
    await serve("borea", "aggregator start --index 1 --node node.json", "is running");
    const working = "worker start --workers workers.json";
    await serve("borea", `${working} --only devices --node node.json`, "ready for tasks");
    await serve("borea", `${working} --only twins --node twin.json`, "ready for tasks");
    for (const [name, url] of Object.entries(servers)) {
      // Well, or not yet.
      expect(await answerOf(url, "server"), name).to.be.oneOf([200, 503]);
      // Without a certificate, and with one of another authority.
      expect(await answerOf(url), name).to.equal(undefined);
      expect(await answerOf(url, "stranger"), name).to.equal(undefined);
    }
  });

  it("have a task done, paid and audited", async function () {
    if (failed) return this.skip();
    await companies.write(
      "acme/task.json",
      JSON.stringify({
        name: "digits",
        dataset: "mnist",
        model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
        training: { batchSize: 10, learningRate: 0.1, samplesPerRound: 50 },
        rounds: 1,
        schedule: {
          enrolSeconds: 60,
          epochSeconds: 80,
          commitSeconds: 40,
          revealSeconds: 40,
          reportSeconds: 60,
          deadlineSeconds: 600,
          claimSeconds: 300,
        },
        subchains: ["virtual", "physical"],
        maxWorkers: 1,
        aggregators: { attestations: 2, of: 2 },
        reward: {
          policy: "aoi-contract",
          menu: { items: [{ period: 20, reward: "1000000000000000000", cost: "5" }] },
        },
      }),
    );
    const submitted = await endedInBlocks(
      await companies.begin("acme", `freshet task submit task.json --node node.json ${NETWORK} --wait`),
      within(),
    );
    console.log(submitted);
    const { status, payments, escrow } = await companies.ask<{
      status: string;
      payments: { worker: string; acceptedRounds: number; paid: string }[];
      escrow: { funded: string; paid: string; refunded: string };
    }>("auditor", `freshet task show 1 --node node.json ${NETWORK}`);
    expect(status).to.equal("Completed");
    expect(payments.map(({ worker }) => worker).toSorted()).to.deep.equal(
      ["device", "twin"].map(addressOf).toSorted(),
    );
    for (const { worker, acceptedRounds, paid } of payments) {
      expect(acceptedRounds, worker).to.equal(1);
      expect(BigInt(paid) > 0n, worker).to.equal(true);
    }
    expect(BigInt(escrow.paid) + BigInt(escrow.refunded)).to.equal(BigInt(escrow.funded));
    const audited = await companies.run("auditor", `freshet audit 1 --node node.json ${NETWORK}`);
    console.log(audited);
    expect(audited).to.match(/2 payments/);
  });

  it("cost nobody a coin", async function () {
    if (failed) return this.skip();
    const network = networkFileSchema.parse(
      JSON.parse(readFileSync(companies.path("acme", "network.json"), "utf8")),
    );
    for (const { name } of chainsOf(network)) {
      const { url } = chains.get(name)!.nodes[0]!;
      const { baseFeePerGas, number } = await ask<{ baseFeePerGas: string; number: string }>(
        url,
        "eth_getBlockByNumber",
        ["latest", false],
      );
      expect([name, baseFeePerGas]).to.deep.equal([name, "0x0"]);
      expect(Number(number)).to.be.greaterThan(20);
      for (const one of names)
        expect(await ask(url, "eth_getBalance", [addressOf(one), "latest"]), `${one} on ${name}`).to.equal(
          "0x0",
        );
    }
    // Their transactions are there, on every chain.
    const sent = await Promise.all(
      [...chains.values()].map(({ nodes }) =>
        ask<string>(nodes[0]!.url, "eth_getTransactionCount", [addressOf("deployer"), "latest"]),
      ),
    );
    for (const count of sent) expect(Number(count)).to.be.greaterThan(5);
  });

  it("told no key to anybody", async function () {
    if (failed) return this.skip();
    const hunt = new SecretHunt(
      Object.fromEntries(names.map((name) => [name, ownKey(name).privateKey.slice(2)])),
    );
    hunt.add("the certificates' key", pemBody(readFileSync(MUTUAL.key, "utf8")));
    hunt.text("what the programs printed", companies.printed);
    hunt.processes();
    hunt.files(companies.path(), () => false);
    hunt.requireNone();
  });
});

/** The status that a server answers with; undefined when it does not speak to who asks. */
function answerOf(url: string, certificate?: string): Promise<number | undefined> {
  const pem = (name: string) => readFileSync(join(TLS, `${name}.pem`));
  const own = certificate === undefined ? {} : { cert: pem(certificate), key: pem(`${certificate}-key`) };
  return new Promise((resolve) => {
    get(`${url}/health`, { ca: pem("ours"), agent: false, ...own }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", () => resolve(undefined));
  });
}

/** A key's bytes as its file has them, in its first whole line. */
function pemBody(text: string): string {
  return text.split("\n")[1]!;
}
