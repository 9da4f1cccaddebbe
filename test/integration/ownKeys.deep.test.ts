import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import type { HDNodeWallet } from "ethers";

import { type LocalRole, localKey } from "../../chains/networks/localKeys.ts";
import { SigningServer } from "../unit/chains/keys/SigningServer.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { Program } from "./Program.ts";
import { SecretHunt } from "./SecretHunt.ts";
import { TestNetwork } from "./TestNetwork.ts";

const PASSWORD = "a password of this test";
const VALIDATORS = 3;

/**
 * Every part a process with a node file of its own, whose keys are at a remote signer, in encrypted files and in
 * variables. They are development keys all the same, as the local deployment registers no others.
 */
describe("keys of one's own", function () {
  // Programs take long to start on a busy machine.
  this.timeout(600_000);
  let network: TestNetwork;
  let signer: SigningServer;
  let signerUrl: string;
  const programs: Program[] = [];
  const hunt = new SecretHunt({ "the keystores' password": PASSWORD });

  const key = (role: LocalRole, index = 0): HDNodeWallet => {
    const one = localKey(role, index);
    // Programs may write it without its 0x.
    hunt.add(`the key of ${role} ${index}`, one.privateKey.slice(2));
    return one;
  };
  const inEnvironment = (one: HDNodeWallet) => {
    const name = `FRESHET_TEST_KEY_${one.address.slice(2).toUpperCase()}`;
    process.env[name] = one.privateKey;
    return { environment: name };
  };
  const atSigner = (one: HDNodeWallet) => ({ web3signer: signerUrl, address: one.address });
  const inKeystore = async (one: HDNodeWallet) => {
    const keystore = `${one.address}.json`;
    await writeFile(join(network.config.directory, keystore), await one.encrypt(PASSWORD));
    return { keystore, password: { file: "password" } };
  };
  const nodeFile = async (name: string, keys: Record<string, unknown[]>) => {
    const path = join(network.config.directory, `${name}.node.json`);
    await writeFile(path, JSON.stringify({ version: 1, organization: name, keys }));
    return path;
  };
  const start = async (ready: string, ...words: string[]) => {
    const program = new Program(...words, "--network", network.path);
    programs.push(program);
    await program.said(ready);
    return program;
  };

  before(async () => {
    network = await TestNetwork.start({ basePort: 9960, subchains: ["virtual", "physical"] });
    await writeFile(join(network.config.directory, "password"), `${PASSWORD}\n`);
    signer = new SigningServer([key("validator", 0), key("aggregator")].map(({ privateKey }) => privateKey));
    signerUrl = await signer.listen();
  });
  after(async () => {
    for (const program of programs) await program.kill();
    await signer?.close();
    await network?.stop();
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("FRESHET_TEST_KEY_")) delete process.env[name];
    }
  });

  it("run a task to its end, and none of them is told", async () => {
    const validators = [
      atSigner(key("validator", 0)),
      await inKeystore(key("validator", 1)),
      inEnvironment(key("validator", 2)),
    ];
    expect(validators).to.have.length(VALIDATORS);
    const relay = await nodeFile("relay", {
      validator: validators,
      relayer: [inEnvironment(key("relayer"))],
      keeper: [await inKeystore(key("keeper"))],
    });
    const aggregator = await nodeFile("aggregator", { aggregator: [atSigner(key("aggregator"))] });
    const device = await nodeFile("device", {
      device: [inEnvironment(key("device"))],
      twin: [{ address: key("twin").address }],
    });
    const twin = await nodeFile("twin", { twin: [inEnvironment(key("twin"))] });
    const publisher = await nodeFile("publisher", { publisher: [await inKeystore(key("publisher"))] });
    const workers = join(network.config.directory, "workers.json");
    const owner = { name: "device", cost: "1", twinCost: "1" };
    await writeFile(
      workers,
      JSON.stringify({ devices: [{ ...owner, privacyPolicy: { kind: "fraction", fraction: 1 } }] }),
    );

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
    const submit = new Program(
      "task",
      "submit",
      spec,
      "--node",
      publisher,
      "--network",
      network.path,
      "--wait",
    );
    programs.push(submit);
    expect(await submit.exitCode(), submit.stdout + submit.stderr).to.equal(0);

    const audit = new Program("audit", "1", "--network", network.path);
    programs.push(audit);
    expect(await audit.exitCode(), audit.stdout + audit.stderr).to.equal(0);
    expect(audit.stdout, `${submit.stdout}${audit.stdout}`).to.match(/2 payments/);
    expect(signer.signed).to.have.length.above(3);
    hunt.processes();
    for (const { words, stdout, stderr } of programs) {
      hunt.text(`what ${words.slice(0, 2).join(" ")} said`, stdout);
      hunt.text(`what ${words.slice(0, 2).join(" ")} said`, stderr);
    }
    const password = join(network.config.directory, "password");
    hunt.files(network.config.directory, (path) => path === password);
    hunt.requireNone();
  });

  it("do not let a process sign for a role that its node file does not name", async () => {
    const none = await nodeFile("none", { publisher: [inEnvironment(key("publisher"))] });
    for (const [words, says] of [
      [["aggregator", "start"], "There is no key of aggregator 1 here."],
      [["relay", "start"], "No key of the network's validators is here."],
    ] as const) {
      const program = new Program(...words, "--node", none, "--network", network.path);
      programs.push(program);
      expect(await program.exitCode()).not.to.equal(0);
      expect(program.stderr + program.stdout).to.contain(says);
    }
  });
});
