import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { type LocalRole, localKey } from "../../chains/networks/localKeys.ts";
import { checkpointSigner } from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { Program } from "./Program.ts";
import { willingRecipient } from "./recipients.ts";
import { TestNetwork } from "./TestNetwork.ts";

const METRICS = 9582;

/** An organisation's node: examined, watched, backed up while it works, killed, and restored. */
describe("operation of a node", function () {
  this.timeout(300_000);
  let network: TestNetwork;
  const programs: Program[] = [];
  const directory = () => join(network.config.directory, "relay");

  const nodeFile = (name: string, fields: Record<string, unknown>): string => {
    const path = join(network.config.directory, `${name}.json`);
    writeFileSync(path, JSON.stringify({ version: 1, organization: name, ...fields }));
    return path;
  };
  const inEnvironment = (role: LocalRole, index = 0) => {
    const environment = `FRESHET_TEST_${role.toUpperCase()}_${index}`;
    process.env[environment] = localKey(role, index).privateKey;
    return { environment };
  };
  const run = (...words: string[]): Program => {
    const program = new Program(...words, "--network", network.path);
    programs.push(program);
    return program;
  };
  const doctor = async (...words: string[]) => {
    const program = run("doctor", "--json", ...words);
    const code = await program.exitCode();
    const { ok, diagnoses } = JSON.parse(program.stdout) as {
      ok: boolean;
      diagnoses: { name: string; outcome: string; found: string; next?: string }[];
    };
    const of = (name: string) => diagnoses.find((one) => one.name === name);
    return { code, ok, diagnoses, of, text: program.stdout + program.stderr };
  };

  before(async () => {
    network = await TestNetwork.start({ basePort: 9570, subchains: ["virtual", "physical"] });
  });
  after(async () => {
    for (const program of programs) await program.kill();
    await network?.stop();
    for (const name of Object.keys(process.env))
      if (name.startsWith("FRESHET_TEST_")) delete process.env[name];
  });

  it("is examined against its network, and what is wrong is told with what to do", async () => {
    const keys = {
      validator: [inEnvironment("validator")],
      relayer: [inEnvironment("relayer")],
      aggregator: [inEnvironment("aggregator")],
      device: [inEnvironment("device")],
      twin: [inEnvironment("twin")],
    };
    const well = await doctor("--node", nodeFile("well", { keys }), "--storage-write");
    expect(well.diagnoses.filter(({ outcome }) => outcome === "fail")).to.deep.equal([]);
    expect([well.code, well.ok]).to.deep.equal([0, true]);
    for (const chain of ["main", "relay", "virtual", "physical"]) {
      expect(well.of(`${chain}, contracts`)!.found).to.match(/^\d+ contracts are what they are taken for$/);
      expect(well.of(`${chain}, routes`)!.outcome).to.equal("ok");
      expect(well.of(`${chain}, finality`)!.found).to.contain("is final");
    }
    expect(well.of("membership of twin")!.found).to.contain("registered on virtual for");
    expect(well.of("own validator 1, validator 2, validator 3")!.found).to.contain("is free");
    for (const place of Object.values(keys).flat())
      expect(well.text).not.to.contain(process.env[place.environment]!.slice(2));

    const ill = await doctor(
      "--node",
      nodeFile("ill", {
        keys: {
          aggregator: [inEnvironment("party")],
          device: [inEnvironment("device", 77)],
          keeper: [{ environment: "FRESHET_TEST_UNSET" }],
        },
        endpoints: { relay: [network.place("main").url], physical: ["http://127.0.0.1:9"] },
      }),
    );
    expect([ill.code, ill.ok]).to.deep.equal([1, false]);
    for (const name of [
      "key of keeper",
      "relay, endpoints",
      "physical, endpoints",
      "membership of aggregator",
    ]) {
      expect(ill.of(name), name).to.include({ outcome: "fail" });
      expect(ill.of(name)!.next, name).to.be.a("string");
    }
    expect(ill.of("relay, endpoints")!.found).to.contain("is of chain 41401, not of relay (41402)");
    expect(ill.of("gas money of device")!.outcome).to.equal("fail");
  });

  it("tells health and metrics of its parts on this machine", async () => {
    const relay = run("relay", "start", "--metrics-port", String(METRICS));
    await relay.said("the relay is running");
    const aggregator = run("aggregator", "start", "--metrics-port", String(METRICS + 1));
    await aggregator.said("is running");
    for (const port of [METRICS, METRICS + 1]) {
      const until = Date.now() + 20_000;
      let health = await fetch(`http://127.0.0.1:${port}/health`);
      while (health.status !== 200 && Date.now() < until)
        health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(health.status).to.equal(200);
      expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).to.contain("freshet_");
    }
    // Told apart from what strangers may ask.
    expect((await fetch(new URL("/metrics", network.file.validators[0]!.url))).status).to.equal(404);
    expect((await fetch(new URL("/health", network.file.aggregators[0]!.url))).status).to.equal(200);
    await aggregator.stop();
    await relay.stop();
  });

  it("loses a validator's database, and signs no second history with the copy", async () => {
    const lost = localKey("validator", 0).address;
    const database = join(directory(), `validator-${lost}.sqlite`);
    const copy = join(network.config.directory, "copy.sqlite");
    const account = await network.account("physical", "publisher");
    const to = formatInteroperable({
      chainId: network.client("relay").chainId,
      address: await willingRecipient(network.client("relay")),
    });
    const { gateway: address } = network.place("physical").contracts;
    const say = (n: number) =>
      account.send({ contract: contracts.Gateway, address }, "sendMessage", [
        to,
        `0x${n.toString(16).padStart(2, "0")}`,
        [],
      ]);
    const where = {
      kind: "checkpoint" as const,
      chainId: network.client("physical").chainId,
      gateway: address,
    };
    const signed = (path: string) => {
      const store = new ValidatorStore(path);
      const all = store.vouchers.from(where, 0, { limit: 9999, newestFirst: false });
      store.close();
      return all;
    };
    const until = async (holds: () => boolean | Promise<boolean>) => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100));
    };

    const others = run(
      "relay",
      "start",
      "--validators",
      "1,2",
      "--any-recipient",
      "--url",
      network.file.validators[0]!.url,
    );
    await others.said("the relay is running");
    const own = () =>
      run("relay", "start", "--parts", "validators", "--validators", "0", "--url", "http://127.0.0.1:9584");
    let validator = own();
    await validator.said("the relay is running");
    // Backed up in the midst of its work.
    const work = Array.from({ length: 5 }, (_, i) => say(i));
    const backup = run("relay", "backup", copy, "--validator", lost);
    expect(await backup.exitCode(), backup.stdout + backup.stderr).to.equal(0);
    await Promise.all(work);
    await say(99);
    await until(() => signed(database).some(({ place }) => place === 5));
    await validator.kill();
    const before = signed(database);
    for (const end of ["", "-wal", "-shm", ".lock"]) rmSync(`${database}${end}`, { force: true });

    const restore = run("relay", "restore", copy, "--validator", lost);
    expect(await restore.exitCode(), restore.stdout + restore.stderr).to.equal(0);
    expect(restore.stdout).to.contain("nothing more up to message 5");
    validator = own();
    await validator.said("the relay is running");
    // Again while it runs: refused.
    const again = run("relay", "restore", copy, "--validator", lost, "--json");
    expect(await again.exitCode()).to.equal(2);
    expect(JSON.parse(again.stdout)).to.include({ error: "DATABASE_IN_USE" });
    await say(100);
    await until(() => signed(database).some(({ place }) => place === 6));
    await validator.stop();
    await others.stop();
    const roots = new Map(before.map(({ place, hash }) => [place, hash]));
    for (const { place, hash, signature } of signed(database)) {
      expect(roots.get(place) ?? hash).to.equal(hash);
      expect(checkpointSigner(where, { root: hash, index: place }, signature)).to.equal(lost);
    }
    const copied = new Set(signed(copy).map(({ place }) => place));
    expect(signed(database).map(({ place }) => place)).to.deep.equal([...copied, 6]);
  });
});
