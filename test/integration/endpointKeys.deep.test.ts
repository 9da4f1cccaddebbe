import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Command } from "commander";

import { type LocalRole, localKey } from "../../chains/networks/localKeys.ts";
import { chainsOf } from "../../chains/networks/networkFile.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy, type ProxyFault } from "./FaultyProxy.ts";
import { Program } from "./Program.ts";
import { SecretHunt } from "./SecretHunt.ts";
import { TestNetwork } from "./TestNetwork.ts";

const BASE_PORT = 9650;
const PROXY_PORT = BASE_PORT + 10;
const METRICS_PORT = BASE_PORT + 18;
/** How long a service runs, from its first words on, before it is told to stop, milliseconds. */
const RUN_MILLISECONDS = 4000;
/** How often it is looked whether a service has said anything, milliseconds. */
const LOOK_MILLISECONDS = 100;
/** Long enough for whatever ends by itself, milliseconds. */
const LONGEST_MILLISECONDS = 40_000;

/** What providers give to be let in, wherever a URL can have it. */
const SECRETS = {
  "the path's key": "k3yInThePath0123456789abcdef",
  "the query's key": "k3yInTheQuery+/9876543210",
  "the user": "us3rOfTheEndpoint",
  "the password": "pa55word:of/the@endpoint",
};
const [PATH, QUERY, USER, PASSWORD] = Object.values(SECRETS) as [string, string, string, string];
const withKeys = (port: number, protocol = "http") =>
  `${protocol}://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/v3/${PATH}?apikey=${encodeURIComponent(QUERY)}`;

type How = "good" | "dead" | ProxyFault;
const HOWS: readonly How[] = [
  "good",
  "dead",
  "http-401",
  "http-500",
  "telling",
  "redirecting",
  "wrong-chain",
];

/** Options by which a command reaches chains of others. */
const REACHING = ["--node", "--network"];

describe("an endpoint's access keys", function () {
  this.timeout(1_500_000);
  let network: TestNetwork;
  let directory: string;
  let node: string;
  let proxies: FaultyProxy[];
  let hunt: SecretHunt;
  let files = 0;

  const inEnvironment = (role: LocalRole, index = 0) => {
    const { address, privateKey } = localKey(role, index);
    const name = `FRESHET_TEST_KEY_${address.slice(2).toUpperCase()}`;
    process.env[name] = privateKey;
    return { environment: name };
  };
  const path = (name: string) => join(directory, name);
  /** A path at which there is nothing yet. */
  const fresh = (name: string) => path(`${++files}-${name}`);

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["virtual", "physical"] });
    directory = mkdtempSync(join(tmpdir(), "freshet-keys-"));
    const chains = chainsOf(network.file);
    proxies = chains.map(({ url }, i) => new FaultyProxy(url, PROXY_PORT + i));
    for (const proxy of proxies) await proxy.start();
    node = path("node.json");
    const endpoints = Object.fromEntries(
      chains.map(({ name }, i) => [name, [withKeys(PROXY_PORT + i), withKeys(PROXY_PORT + i, "ws")]]),
    );
    const roles: LocalRole[] = ["publisher", "keeper", "relayer", "aggregator", "device", "twin", "party"];
    await writeFile(
      node,
      JSON.stringify({
        version: 1,
        organization: "Hunted",
        keys: {
          ...Object.fromEntries(roles.map((role) => [role, [inEnvironment(role)]])),
          registrar: [inEnvironment("deployer")],
          validator: [0, 1, 2].map((i) => inEnvironment("validator", i)),
        },
        endpoints,
        storageServer: { directory: "blocks" },
      }),
    );
    await writeFile(path("task.json"), JSON.stringify(smallSpec()));
    await writeFile(path("plan.json"), "{}");
    await writeFile(path("bad.json"), "{");
    await mkdir(path("market"));
    hunt = new SecretHunt({ ...SECRETS, "the login": `${USER}:${PASSWORD}` });
  });
  after(async () => {
    for (const proxy of proxies ?? []) await proxy.stop();
    await network?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("FRESHET_TEST_KEY_")) delete process.env[name];
    }
  });

  /** Words after each command that reaches chains, or a form of it; a service is stopped after a while. */
  const commands = (): Record<string, { words: string[]; serves?: true; nodeless?: true }> => ({
    "task submit": { words: [path("task.json")] },
    "task show": { words: ["1"] },
    "task report": { words: ["1"] },
    "task statement": { words: ["1"] },
    "task compare": { words: ["1"] },
    "task export": { words: ["--parquet", fresh("tables")] },
    "task refund": { words: ["1"] },
    "task list": { words: [] },
    "task serve": { words: ["model-trading"], serves: true },
    "task fund": { words: ["5"] },
    "model export": { words: ["1", "--out", fresh("model")] },
    "model predict": { words: [path("task.json"), "--task", "1"] },
    "worker start": { words: ["--metrics-port", `${METRICS_PORT}`], serves: true },
    "aggregator start": { words: ["--metrics-port", `${METRICS_PORT}`], serves: true },
    "relay start": { words: ["--directory", fresh("relay")], serves: true },
    "relay status": { words: ["--from-chains"] },
    "relay retry": { words: [], nodeless: true },
    "relay prove": { words: [`0x${"ab".repeat(32)}`] },
    "relay self-relay": { words: [`0x${"ab".repeat(32)}`] },
    "relay freeze": { words: ["main", "relay"] },
    "relay backup": { words: [fresh("backup.sqlite"), "--relayer", "0"], nodeless: true },
    "relay restore": {
      words: [
        "--without-copy",
        "--validator",
        localKey("validator").address,
        "--directory",
        fresh("restored"),
      ],
    },
    "storage start": { words: ["--metrics-port", `${METRICS_PORT}`], serves: true },
    "market join": {
      words: ["twin-migration", "--plan", path("plan.json"), "--directory", path("market")],
      serves: true,
    },
    "market statement": { words: ["twin-migration"] },
    "market fund": { words: ["twin-migration", "5", "--to", localKey("party").address] },
    "registrars check": { words: [localKey("deployer").address] },
    "registrars change": { words: ["--add", localKey("registrar").address] },
    "validators list": { words: [] },
    "validators rotate": { words: ["--remove", localKey("validator").address, "--threshold", "2"] },
    audit: { words: ["1"] },
    "audit --bundle": { words: [fresh("task.bundle"), "1"] },
    "verify-update": { words: ["1", "1", localKey("twin").address] },
    deploy: { words: [path("task.json"), "--out", fresh("network.json")] },
    join: { words: ["--role", "device"] },
    admit: { words: [path("task.json")] },
    "node install": { words: ["--print"] },
    doctor: { words: ["--storage-write"] },
    page: { words: ["--port", `${METRICS_PORT}`], serves: true },
  });

  async function set(how: How): Promise<void> {
    for (const proxy of proxies) {
      await proxy.stop();
      proxy.fault = how === "good" || how === "dead" ? "none" : how;
      if (how !== "dead") await proxy.start();
    }
  }

  /** Runs a command to its end, or as long as a service needs to tell what is the matter. */
  async function run(name: string, how: How, json: boolean): Promise<string> {
    const { words, serves, nodeless } = commands()[name]!;
    const program = new Program(
      ...name.split(" "),
      ...words,
      ...(nodeless ? [] : ["--node", node]),
      ...(name === "deploy" ? [] : ["--network", network.path]),
      ...(json ? ["--json"] : []),
    );
    const where = `what ${name}${json ? " --json" : ""} said when its endpoints were ${how}`;
    const until = Date.now() + LONGEST_MILLISECONDS;
    let stopAt = until;
    let hasEnded = false;
    const ended = program.exitCode().then(() => {
      hasEnded = true;
    });
    while (!hasEnded && Date.now() < stopAt) {
      await Promise.race([ended, sleep(LOOK_MILLISECONDS)]);
      // On a busy machine it takes a while until a program says anything.
      if (serves && stopAt === until && program.stdout + program.stderr !== "")
        stopAt = Math.min(until, Date.now() + RUN_MILLISECONDS);
    }
    const isLate = !hasEnded;
    if (isLate) {
      hunt.processes();
      for (const port of [METRICS_PORT, BASE_PORT + 5]) await look(port, `${where}, over HTTP`);
      await program.stop();
    }
    // What is looked through is something.
    if (serves || !isLate) expect(program.stdout + program.stderr, where).not.to.equal("");
    hunt.text(where, program.stdout);
    hunt.text(where, program.stderr);
    expect(program.stdout + program.stderr, where).not.to.contain("This is a fault of Freshet's");
    return program.stdout + program.stderr;
  }

  async function look(port: number, where: string): Promise<void> {
    for (const one of ["health", "metrics", "nothing"]) {
      try {
        hunt.text(where, await (await fetch(`http://127.0.0.1:${port}/${one}`)).text());
      } catch {
        // Nobody listens there.
      }
    }
  }

  it("are hunted for in what every command says that reaches chains", async () => {
    const known = Object.keys(commands()).map((name) => name.replace(/ --.*/, ""));
    expect((await reaching()).sort(), "commands that this test runs").to.deep.equal(
      [...new Set(known)].sort(),
    );
  });

  for (const how of HOWS) {
    it(`are told by no command whose endpoints are ${how}`, async () => {
      await set(how);
      let told = 0;
      for (const name of Object.keys(commands())) {
        const json = how === "telling" || how === "dead";
        for (const each of json ? [false, true] : [false]) {
          const said = await run(name, how, each);
          if (/127\.0\.0\.1:96\d\d/.test(said)) told++;
        }
      }
      hunt.files(directory, (one) => one === node);
      hunt.files(network.config.directory, () => false);
      hunt.processes();
      hunt.requireNone();
      // It was the endpoints with keys that were asked, and they are told of without.
      if (how !== "good") expect(told).to.be.greaterThan(5);
    });
  }

  it("are not told of files that are no node files", async () => {
    const bad = path("faulty");
    mkdirSync(bad);
    const url = withKeys(PROXY_PORT);
    const texts = {
      "cut.json": `{"version":1,"keys":{},"endpoints":{"main":["${url}`,
      "unquoted.json": `{"version":1,"keys":{},"endpoints":{"main":[${url}]}}`,
      "protocol.json": JSON.stringify({ version: 1, keys: {}, endpoints: { main: [`ftp${url.slice(4)}`] } }),
      "relative.json": JSON.stringify({ version: 1, keys: {}, endpoints: { main: [url.slice(7)] } }),
      "bare.json": JSON.stringify({ version: 1, keys: {}, endpoints: { main: [PATH] } }),
      "text.json": JSON.stringify({ version: 1, keys: {}, endpoints: { main: url } }),
      "stranger.json": JSON.stringify({ version: 1, keys: {}, endpoints: { elsewhere: [url] } }),
      "kubo.json": JSON.stringify({ version: 1, keys: {}, storage: { kubo: url, gateways: [url.slice(7)] } }),
      "signer.json": JSON.stringify({ version: 1, keys: { publisher: [{ web3signer: url.slice(7) }] } }),
    };
    for (const [name, text] of Object.entries(texts)) {
      await writeFile(join(bad, name), text);
      for (const json of [[], ["--json"]]) {
        const program = new Program(
          ...["task", "list", "--node", join(bad, name), "--network", network.path, ...json],
        );
        if (name !== "kubo.json") expect(await program.exitCode(), name).not.to.equal(0);
        await program.exitCode();
        hunt.text(`${name}, as task list told of it`, program.stdout + program.stderr);
      }
    }
    expect(readdirSync(bad)).to.have.length(Object.keys(texts).length);
    hunt.requireNone();
  });
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** All commands with an option by which they reach chains, in words. */
async function reaching(): Promise<string[]> {
  const folder = new URL("../../scripts/commands/", import.meta.url);
  const found: string[] = [];
  const walk = (command: Command, above: string) => {
    const name = `${above}${command.name()}`;
    const options = command.options.map(({ long }) => long ?? "");
    if (options.some((option) => REACHING.includes(option))) found.push(name);
    for (const inner of command.commands) walk(inner, `${name} `);
  };
  const commands: Command[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, command] of Object.entries(module))
      if (name.endsWith("Command") && typeof command === "object") commands.push(command as Command);
  }
  // Some are parts of others.
  for (const command of commands) if (command.parent === null) walk(command, "");
  return [...new Set(found)];
}
