import { readFileSync } from "node:fs";

import { expect } from "chai";

import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Consortium } from "./Consortium.ts";
import type { ManagedProcess } from "./ManagedProcess.ts";
import { pageSections } from "./page.ts";

const PAGE = readFileSync(new URL("../../docs/consortium.md", import.meta.url), "utf8");
/** How long a section of the page may take. */
const SECTION_MILLISECONDS = 1_200_000;

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
    for (const secret of await companies.secrets()) expect(companies.printed).not.to.include(secret);
  });
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
