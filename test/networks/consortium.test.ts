import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Contract, JsonRpcProvider, Wallet } from "ethers";

import type { NetworkFile } from "../../chains/networks/networkFile.ts";

import { SecretHunt } from "../integration/SecretHunt.ts";
import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Consortium } from "./Consortium.ts";
import type { ManagedProcess } from "./ManagedProcess.ts";
import { pageSections } from "./page.ts";
import { DRIVE_MILLISECONDS, twinPlans } from "./twinPlans.ts";

const PAGE = readFileSync(new URL("../../docs/consortium.md", import.meta.url), "utf8");
/** How long a section of the page may take. */
const SECTION_MILLISECONDS = 1_200_000;
/** Until the market's parties are up, milliseconds. */
const MARKET_START_MILLISECONDS = 75_000;

/** The companies of docs/consortium.md do what stands there, on real chains. */
describe("three companies", function () {
  this.timeout(SECTION_MILLISECONDS);
  const [keys, ...sections] = pageSections(PAGE);
  let consortium: Consortium | undefined;
  let failed = false;

  before(async function () {
    this.timeout(BUILD_MILLISECONDS);
    const binaries = await builtTools(this, ["geth", "kubo"]);
    const began = Date.now();
    consortium = await Consortium.start(PAGE, keys!.steps, binaries);
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`    7 geth nodes and 2 Kubo daemons are up (${seconds} s)`);
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = true;
  });
  after(async function () {
    this.timeout(120_000);
    await consortium?.stop({ keep: failed });
  });

  for (const { title, steps } of sections) {
    it(`do what the page says: ${title}`, async function () {
      // What comes later needs what came before.
      if (failed) return this.skip();
      for (const step of steps) {
        if (step.kind !== "file") console.log(`      ${step.who}: ${step.line}`);
        const printed = await consortium!.companies.do(step);
        if (step.kind === "command" && /^freshet (task|audit)/.test(step.line)) console.log(printed);
      }
    });
  }

  /** Gives accounts tokens of Acme's, as any wallet does. */
  async function pay(accounts: readonly string[], amount: bigint): Promise<void> {
    const { companies, chains } = consortium!;
    const text = async (...file: string[]) => readFileSync(companies.path(...file), "utf8");
    const password = (await text("acme", "secrets", "password")).trim();
    const wallet = await Wallet.fromEncryptedJson(await text("acme", "keys", "publisher.json"), password);
    const provider = new JsonRpcProvider(chains.main.nodes[0]!.url);
    const { main } = JSON.parse(await text("acme", "network.json")) as NetworkFile;
    const token = new Contract(
      main.contracts.token,
      ["function transfer(address to, uint256 amount) returns (bool)"],
      wallet.connect(provider),
    );
    try {
      for (const account of accounts) await (await token.getFunction("transfer")(account, amount)).wait();
    } finally {
      provider.destroy();
    }
  }

  it("pay those whole who were on time", async function () {
    if (failed) return this.skip();
    await expectAllWhole(1);
  });

  it("lose nothing to reorganizations of one and of two blocks", async function () {
    if (failed) return this.skip();
    const task = await submitted();
    await task.process.said("the epoch has begun", 120_000);
    for (const depth of [1, 2, 1, 2]) {
      const all = Object.values(consortium!.chains);
      await Promise.all(all.map(({ consensus }) => consensus.reorganize(depth)));
      console.log(`      the newest ${depth} of all chains replaced, at ${new Date().toISOString()}`);
      await sleep(12_000);
    }
    console.log(await task.process.ended(SECTION_MILLISECONDS));
    await expectAudited(task.id);
    await expectAllWhole(task.id);
  });

  it("lose nothing to a chain that pauses, a Kubo that is killed and a company that goes away", async function () {
    if (failed) return this.skip();
    const { companies, chains, kubos } = consortium!;
    const task = await submitted();
    await task.process.said("the epoch has begun", 120_000);
    chains.virtual.consensus.pause();
    await sleep(10_000);
    chains.virtual.consensus.resume();
    await kubos.acme!.kill();
    await sleep(10_000);
    await kubos.acme!.run();
    await kubos.acme!.meet(kubos.borea!);
    const back = await companies.powerCut("borea");
    await sleep(20_000);
    await back();
    console.log(await task.process.ended(SECTION_MILLISECONDS));
    await expectAudited(task.id);
    const { payments, escrow } = await shown(task.id);
    expect(BigInt(escrow.paid) + BigInt(escrow.refunded)).to.equal(BigInt(escrow.funded));
    // Corvo's device had none of these troubles.
    const corvo = (await companies.address("corvo/keys/device.json")).toLowerCase();
    const device = payments.find(({ worker }) => worker.toLowerCase() === corvo);
    expect(device?.coveredSeconds).to.equal(device?.epochSeconds);
  });

  it("hold a market in which a company's twin moves from another's server to a third's, and to another chain", async function () {
    if (failed) return this.skip();
    const { companies } = consortium!;
    const key = (file: string) => companies.address(file);
    const [edge1, edge2, cloud, vehicle] = await Promise.all(
      ["acme/keys/edge.json", "borea/keys/edge.json", "corvo/keys/cloud.json", "corvo/keys/vehicle.json"].map(
        key,
      ),
    );
    await pay([edge1!, edge2!, cloud!, vehicle!], 1000n * 10n ** 18n);
    const plans = twinPlans(
      { edge1: edge1!, edge2: edge2!, cloud: cloud! },
      Date.now() + MARKET_START_MILLISECONDS,
    );
    for (const [file, plan] of Object.entries(plans)) await companies.write(file, JSON.stringify(plan));
    const join = (who: string, party: string) =>
      companies.serve({
        kind: "service",
        who,
        line: `freshet market join twin-migration --plan ${party}-plan.json --directory parties/${party} --node node.json ${NETWORK}`,
        ready: "ready",
      });
    await join("corvo", "cloud");
    for (const who of ["acme", "borea"]) await join(who, "edge");
    await join("acme", "keeper");
    await join("corvo", "vehicle");
    const [driving] = companies.running("corvo", "vehicle-plan");
    await driving!.said("arrived", MARKET_START_MILLISECONDS + 2 * DRIVE_MILLISECONDS);
    console.log(driving!.printed);
    expect(driving!.printed).to.match(/^moved .*"outcome":"Completed","to":"Acme's edge"/m);
    expect(driving!.printed).to.match(
      /^moved .*"outcome":"Completed","from":"Acme's edge","to":"Borea's edge".*"crossed":true/m,
    );
    expect(driving!.printed).not.to.match(/^rejected /m);
    console.log(await companies.run("auditor", `freshet audit --mechanism twin-migration ${NETWORK}`));
    const parties = ["acme", "borea", "corvo"].flatMap((who) => companies.running(who, "market join"));
    for (const party of parties) await party.stop();
  });

  interface ShownTask {
    status: string;
    payments: {
      worker: string;
      chain: string;
      coveredSeconds: number;
      epochSeconds: number;
      acceptedRounds: number;
      paid: string;
    }[];
    rounds: unknown[];
    escrow: { funded: string; paid: string; refunded: string };
  }
  const NETWORK = "--network network.json";
  const shown = (task: number) =>
    consortium!.companies.ask<ShownTask>("auditor", `freshet task show ${task} ${NETWORK}`);

  /** Publishes the page's task again. */
  async function submitted(): Promise<{ id: number; process: ManagedProcess }> {
    const line = sections.flatMap(({ steps }) =>
      steps.flatMap((step) =>
        step.kind === "command" && step.line.includes("task submit") ? [step.line] : [],
      ),
    )[0]!;
    const process = await consortium!.companies.begin("acme", line);
    await process.said(/task \d+ published/, 120_000);
    return { id: Number(/task (\d+) published/.exec(process.printed)![1]), process };
  }

  /** An auditor who has nothing of the companies' finds nothing wrong. */
  async function expectAudited(task: number): Promise<void> {
    console.log(await consortium!.companies.run("auditor", `freshet audit ${task} ${NETWORK}`));
  }

  /** Every worker covered the whole epoch, missed no round, and has its bonus. */
  async function expectAllWhole(task: number): Promise<void> {
    const { status, payments, rounds } = await shown(task);
    expect(status).to.equal("Completed");
    expect(payments).to.have.length(4);
    const items = [12n * 10n ** 17n, 19n * 10n ** 17n].map((reward) => String(reward + 10n ** 15n));
    for (const { worker, coveredSeconds, epochSeconds, acceptedRounds, paid } of payments) {
      expect(coveredSeconds, worker).to.equal(epochSeconds);
      expect(acceptedRounds, worker).to.equal(rounds.length);
      expect(paid, worker).to.be.oneOf(items);
    }
  }

  it("have never told a secret", async function () {
    if (failed) return this.skip();
    const { companies } = consortium!;
    const hunt = new SecretHunt(Object.fromEntries(await companies.secrets()));
    expect(hunt.secrets).to.be.greaterThan(2);
    hunt.text("what the companies' programs printed", companies.printed);
    hunt.processes();
    hunt.files(companies.path(), (path) => companies.isSecret(path));
    hunt.requireNone();
  });
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
