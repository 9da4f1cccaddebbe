import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { encryptKeystoreJsonSync, Wallet } from "ethers";

import { passwordOf } from "../../../../chains/keys/passwordOf.ts";
import { readNodeFile } from "../../../../chains/networks/nodeFile.ts";
import { composeFile } from "../../../../scripts/install/composeFile.ts";
import { type NodeParts, nodeParts } from "../../../../scripts/install/nodeParts.ts";
import { systemdUnits } from "../../../../scripts/install/systemdUnits.ts";
import { type YamlValue, yamlOf } from "../../../../scripts/install/yamlOf.ts";
import { networkExample } from "../../chains/networkExample.ts";
import { rejected, thrown } from "../../thrown.ts";

const PASSWORD = "a password that nobody may see";
const [validator, aggregator, publisher] = ["11", "22", "33"].map(
  (byte) => new Wallet(`0x${byte.repeat(32)}`),
);

describe("what runs a node all the time", () => {
  let directory: string;
  const at = (name: string) => join(directory, name);
  const network = () => {
    const file = networkExample();
    file.validators[0]!.address = validator!.address;
    file.aggregators[1]!.address = aggregator!.address;
    file.services = {
      "model-trading": [{ address: publisher!.address, url: "http://127.0.0.1:9250" }],
    };
    return file;
  };
  const signer = (wallet: Wallet) => ({ web3signer: "http://127.0.0.1:9000", address: wallet.address });
  const keys = () => ({
    validator: [{ keystore: "validator.json", password: { file: "secrets/validator-password" } }],
    relayer: [{ environment: "RELAYER_KEY" }, { environment: "OTHER_RELAYER_KEY" }],
    aggregator: [signer(aggregator!)],
    publisher: [signer(publisher!)],
    device: [{ environment: "DEVICE_KEY" }],
    twin: [{ address: publisher!.address }],
  });
  const parts = async (fields: Record<string, unknown>): Promise<NodeParts> => {
    writeFileSync(at("node.json"), JSON.stringify({ version: 1, ...fields }));
    return nodeParts({
      node: await readNodeFile(at("node.json")),
      network: network(),
      nodePath: at("node.json"),
      networkPath: at("net/network.json"),
      workersPath: at("workers.json"),
      metricsPort: 9300,
    });
  };
  const place = () => ({ nodePath: at("node.json"), networkPath: at("net/network.json") });
  const units = ({ parts: some }: NodeParts, organization?: string) =>
    systemdUnits(some, {
      user: "freshet",
      organization,
      program: { node: process.execPath, script: "/opt/fresh et/scripts/freshet.ts", root: "/opt/fresh et" },
      ...place(),
    });
  const compose = ({ parts: some }: NodeParts, bind = {}, endpoints = {}) =>
    composeFile(some, {
      node: { bind, endpoints },
      nodeVersion: "24.1.2",
      user: "1000:1000",
      program: { script: "/opt/freshet/scripts/freshet.ts", root: "/opt/freshet" },
      ...place(),
    });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-install-"));
    writeFileSync(at("validator.json"), encryptKeystoreJsonSync(validator!, PASSWORD, { scrypt: { N: 2 } }));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("are the parts that there are keys for, each with its own", async () => {
    const { parts: found, remarks } = await parts({ keys: keys(), storageServer: { directory: "blocks" } });
    expect(remarks).to.deep.equal([]);
    expect(found.map(({ name, words }) => [name, words.slice(0, -4).join(" ")])).to.deep.equal([
      ["storage", "storage start"],
      ["relay", "relay start --parts validators,relayer"],
      ["relayer-1", "relay start --parts relayer --relayer 1 --url http://127.0.0.1:9221"],
      ["aggregator-2", "aggregator start --index 1"],
      ["service-model-trading-1", "task serve model-trading --index 0"],
      ["devices", `worker start --only devices --workers ${at("workers.json")}`],
    ]);
    expect(new Set(found.map(({ metricsPort }) => metricsPort)).size).to.equal(found.length);
    for (const { words } of found)
      expect(words.slice(-4)).to.deep.equal(["--node", at("node.json"), "--network", at("net/network.json")]);
    const [storage, relay] = found;
    expect(storage!.directories).to.deep.equal([at("net"), at("blocks")]);
    expect(relay!.secretFiles).to.deep.equal([at("secrets/validator-password")]);
    expect(relay!.variables).to.deep.equal(["RELAYER_KEY", "OTHER_RELAYER_KEY"]);
    expect(found.at(-1)!.variables).to.deep.equal(["DEVICE_KEY"]);
  });

  it("tell what no supervisor can do", async () => {
    const asked = { keystore: "validator.json", password: { prompt: true } };
    const { remarks } = await parts({
      keys: { validator: [asked], party: [signer(publisher!)], aggregator: [signer(publisher!)] },
    });
    expect(remarks).to.have.length(3);
    expect(remarks[0]).to.contain("cannot be asked for a password");
    expect((await rejected(parts({ keys: { guardian: [signer(publisher!)] } }))).code).to.equal(
      "NOTHING_TO_INSTALL",
    );
  });

  it("are units that let a part do no more than it must, and hold no secret", async () => {
    const found = await parts({ keys: keys(), storageServer: { directory: "blocks" } });
    const made = units(found, "Acme & Söhne\n100%");
    expect([...made.keys()]).to.include.members(["freshet.target", "freshet-relay.service"]);
    expect(made.get("freshet.target")).to.contain("Description=Freshet of Acme & Söhne 100%%\n");
    const relay = made.get("freshet-relay.service")!;
    for (const line of [
      "User=freshet",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "CapabilityBoundingSet=",
      "Restart=on-failure",
      `ReadWritePaths=${at("net")}`,
      `LoadCredential=validator-password:${at("secrets/validator-password")}`,
      "EnvironmentFile=/etc/freshet/relay.env",
    ]) {
      expect(relay.split("\n")).to.include(line);
    }
    expect(relay).to.match(/^After=.*freshet-storage\.service$/m);
    expect(relay)
      .to.contain('"/opt/fresh et/scripts/freshet.ts" relay start')
      .and.to.contain("--metrics-port 9301");
    for (const text of made.values()) expect(text).not.to.contain(PASSWORD);
  });

  it("are units that systemd takes", async function () {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
      console.log("      skipped: there is no systemd-analyze here");
      return this.skip();
    }
    const found = await parts({ keys: keys(), storageServer: { directory: "blocks" } });
    for (const [name, text] of units(found, "Acme")) {
      // What is not there cannot be run.
      writeFileSync(at(name), text);
    }
    const files = readdirSync(directory)
      .filter((name) => /\.(service|target)$/.test(name))
      .map(at);
    const { status, stderr, stdout } = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], {
      encoding: "utf8",
    });
    expect(stderr + stdout).to.equal("");
    expect(status).to.equal(0);
  });

  it("are containers with ports on this machine only, and no secret in the file", async () => {
    const found = await parts({ keys: keys(), storageServer: { directory: "blocks" } });
    const { text, remarks } = compose(
      found,
      { relay: { host: "0.0.0.0" } },
      { main: ["http://127.0.0.1:8545"] },
    );
    expect(text).not.to.contain(PASSWORD);
    const file = parsed(text) as Record<string, Record<string, Record<string, unknown>>>;
    expect(Object.keys(file.services!)).to.deep.equal(found.parts.map(({ name }) => name));
    for (const service of Object.values(file.services!)) {
      expect(service).to.include({
        image: "node:24.1.2-bookworm-slim",
        restart: "on-failure",
        read_only: true,
      });
      expect(service.cap_drop).to.deep.equal(["ALL"]);
      for (const port of service.ports as string[]) expect(port).to.match(/^127\.0\.0\.1:\d+:\d+$/);
      expect((service.healthcheck as { test: string[] }).test[0]).to.equal("CMD");
    }
    expect(file.services!.relay!.ports).to.deep.equal(["127.0.0.1:9301:9301", "127.0.0.1:9211:9211"]);
    expect(file.services!.relay!.secrets).to.deep.equal([
      { source: "relay-validator-password", target: "validator-password" },
    ]);
    expect(file.services!.relay!.environment).to.deep.equal([
      "CREDENTIALS_DIRECTORY=/run/secrets",
      "RELAYER_KEY",
      "OTHER_RELAYER_KEY",
    ]);
    expect(file.secrets).to.deep.equal({
      "relay-validator-password": { file: at("secrets/validator-password") },
    });
    expect(remarks.map((one) => one.split(":")[0])).to.deep.equal([
      "endpoints.main",
      "storage",
      "aggregator-2",
      "service-model-trading-1",
    ]);
  });

  it("is YAML that says what it was made of", () => {
    const value = {
      empty: {},
      none: [],
      text: 'a: "b" # $c \n- d',
      numbers: [1, true, "1", "true", "null", "~"],
      nested: [{ a: { b: ["c"] }, d: [{ e: 1 }, { f: [] }] }, "last"],
      "a key: with": "1",
    };
    expect(parsed(yamlOf(value))).to.deep.equal(value);
  });

  it("find passwords among the credentials that they are given", async () => {
    const before = process.env.CREDENTIALS_DIRECTORY;
    try {
      writeFileSync(at("validator-password"), `${PASSWORD}\n`);
      process.env.CREDENTIALS_DIRECTORY = directory;
      const file = join(directory, "not", "to", "be", "read", "validator-password");
      expect(await passwordOf({ file }, "it", undefined)).to.equal(PASSWORD);
      delete process.env.CREDENTIALS_DIRECTORY;
      expect((await rejected(passwordOf({ file }, "it", undefined))).code).to.equal("FILE_UNREADABLE");
    } finally {
      if (before === undefined) delete process.env.CREDENTIALS_DIRECTORY;
      else process.env.CREDENTIALS_DIRECTORY = before;
    }
  });

  it("refuse two passwords of one name", async () => {
    const password = (folder: string) => ({
      keystore: "validator.json",
      password: { file: `${folder}/password` },
    });
    const found = await parts({ keys: { validator: [password("a")], keeper: [password("b")] } });
    expect(thrown(() => units(found)).code).to.equal("NAMES_DOUBLED");
  });
});

/** Reads the little of YAML that is written: blocks, and scalars as JSON. */
function parsed(text: string): YamlValue {
  const lines = text.split("\n").filter((line) => line !== "");
  let at = 0;
  const indentOf = (line: string) => line.length - line.trimStart().length;
  const entry = /^("(?:[^"\\]|\\.)*"|[\w-]+):(?: (.*))?$/;
  const block = (indent: number): YamlValue => {
    if (lines[at]!.trimStart().startsWith("- ")) {
      const items: YamlValue[] = [];
      while (
        at < lines.length &&
        indentOf(lines[at]!) === indent &&
        lines[at]!.trimStart().startsWith("- ")
      ) {
        const rest = lines[at]!.trimStart().slice(2);
        if (entry.test(rest)) {
          lines[at] = `${" ".repeat(indent + 2)}${rest}`;
          items.push(block(indent + 2));
        } else {
          items.push(JSON.parse(rest) as YamlValue);
          at++;
        }
      }
      return items;
    }
    const found: Record<string, YamlValue> = {};
    while (at < lines.length && indentOf(lines[at]!) === indent) {
      const [, name, rest] = entry.exec(lines[at]!.trimStart())!;
      const key = name!.startsWith('"') ? (JSON.parse(name!) as string) : name!;
      at++;
      found[key] = rest === undefined ? block(indentOf(lines[at]!)) : (JSON.parse(rest) as YamlValue);
    }
    return found;
  };
  return block(0);
}
