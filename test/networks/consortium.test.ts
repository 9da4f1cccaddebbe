import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { Contract, JsonRpcProvider } from "ethers";

import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { PartyEvent } from "../../mechanisms/twin-migration/parties/PartyEvent.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import { SecretHunt } from "../integration/SecretHunt.ts";
import { whenOffered } from "../integration/whenOffered.ts";
import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Consortium } from "./Consortium.ts";
import { inBlocks, saidInBlocks } from "./inBlocks.ts";
import type { ManagedProcess } from "./ManagedProcess.ts";
import { type PageStep, pageSections } from "./page.ts";
import { twinPlans } from "./twinPlans.ts";

const PAGE = readFileSync(new URL("../../docs/consortium.md", import.meta.url), "utf8");
/** How long a section of the page may take. */
const SECTION_MILLISECONDS = 2_400_000;
/** Blocks of the main chain within which something happens that takes a part of a section. */
const MOST_BLOCKS = 120;
/** The page's section of a market, which the suite comes to last. */
const MARKET = "A market of twins";
/** How long the vehicle's program may take until it sets off, milliseconds. */
const SET_OFF_MILLISECONDS = 20_000;
/** A migration that takes longer is late (LATENCY_LIMIT_MS). */
const MOST_LATENCY_MILLISECONDS = 6000;
/** The market's micro-$ in the token's wei (WEI_PER_MICRO). */
const WEI_A_MICRO = 10n ** 12n;

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
    // Last, so that nobody drives where chains are set back and Borea is gone.
    if (title === MARKET) continue;
    it(`do what the page says: ${title}`, async function () {
      // What comes later needs what came before.
      if (failed) return this.skip();
      for (const step of steps) await doStep(step);
    });
  }

  const within = () => ({ chain: consortium!.chains.main, blocks: MOST_BLOCKS });

  /** Does one thing of the page, and shows it. */
  async function doStep(step: PageStep): Promise<void> {
    if (step.kind !== "file") console.log(`      ${step.who}: ${step.line}`);
    const printed = await consortium!.companies.do(step);
    if (step.kind === "command" && /^freshet (task|audit)/.test(step.line)) console.log(printed);
  }

  it("pay those whole who were on time", async function () {
    if (failed) return this.skip();
    await expectAllWhole(1);
  });

  it("lose nothing to reorganizations of one and of two blocks", async function () {
    if (failed) return this.skip();
    const task = await submitted();
    await saidInBlocks(task.process, /the epoch has begun/, within());
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
    await saidInBlocks(task.process, /the epoch has begun/, within());
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

  it(`do what the page says: ${MARKET}, in which a twin moves from Acme's server to Borea's, on another chain`, async function () {
    if (failed) return this.skip();
    const { companies } = consortium!;
    const [edge1, edge2, cloud, vehicle] = (await Promise.all(
      ["acme/keys/edge.json", "borea/keys/edge.json", "corvo/keys/cloud.json", "corvo/keys/vehicle.json"].map(
        (file) => companies.address(file),
      ),
    )) as [string, string, string, string];
    const parties = { "Acme's edge": edge1, "Borea's edge": edge2, "Corvo's cloud": cloud, vehicle };
    const writePlans = async (startAtMs: number) => {
      const plans = twinPlans({ edge1, edge2, cloud }, startAtMs);
      for (const [file, plan] of Object.entries(plans)) await companies.write(file, JSON.stringify(plan));
    };
    await writePlans(Date.now());
    let before: Record<string, bigint> = {};
    for (const step of sections.find(({ title }) => title === MARKET)!.steps) {
      if (step.kind === "service" && step.line.includes("vehicle-plan")) {
        before = await balances(parties);
        // It sets off once all others are there, however long that took.
        await writePlans(whenOffered(Date.now() + SET_OFF_MILLISECONDS));
      }
      await doStep(step);
    }
    const [driving] = companies.running("corvo", "vehicle-plan");
    console.log(driving!.printed);
    const moves = told<Moved>(driving!, "moved");
    expect(told(driving!, "rejected")).to.deep.equal([]);
    for (const { outcome } of moves) expect(outcome).to.equal("Completed");
    expect([moves[0]?.from, moves[0]?.to]).to.deep.equal([undefined, "Acme's edge"]);
    const crossing = moves.find(({ from, to }) => from === "Acme's edge" && to === "Borea's edge");
    expect(crossing?.crossed).to.equal(true);
    expect(crossing?.latencyMs).to.be.within(1, MOST_LATENCY_MILLISECONDS);

    // Servers collect what they are paid with their bonds, by themselves.
    const due: Record<string, bigint> = { ...before };
    for (const { to, paid } of moves) {
      due[to]! += BigInt(paid) * WEI_A_MICRO;
      due.vehicle! -= BigInt(paid) * WEI_A_MICRO;
    }
    const isCollected = async () => {
      const now = await balances(parties);
      return Object.keys(due).every((party) => now[party] === due[party]);
    };
    // What is not collected is told party by party.
    await inBlocks("all parties' pay", isCollected, within()).catch(() => undefined);
    const after = await balances(parties);
    for (const party of Object.keys(due)) {
      console.log(`      ${party}: ${formatTokens(after[party]! - before[party]!)} tokens`);
      expect(after[party], party).to.equal(due[party]);
    }
    expect(after["Acme's edge"]! > before["Acme's edge"]!).to.equal(true);
    expect(after["Borea's edge"]! > before["Borea's edge"]!).to.equal(true);
    for (const who of ["acme", "borea", "corvo"])
      for (const party of companies.running(who, "market join")) await party.stop();
  });

  /** How many tokens parties have, wei. */
  async function balances(parties: Readonly<Record<string, string>>): Promise<Record<string, bigint>> {
    const { companies, chains } = consortium!;
    const { main } = JSON.parse(
      await readFile(companies.path("acme", "network.json"), "utf8"),
    ) as NetworkFile;
    const provider = new JsonRpcProvider(chains.main.nodes[0]!.url);
    try {
      const token = new Contract(
        main.contracts.token,
        ["function balanceOf(address) view returns (uint256)"],
        provider,
      );
      const found: Record<string, bigint> = {};
      for (const [name, address] of Object.entries(parties))
        found[name] = (await token.getFunction("balanceOf")(address)) as bigint;
      return found;
    } finally {
      provider.destroy();
    }
  }

  type Moved = Extract<PartyEvent, { type: "moved" }>;
  /** What a party of the market has told of a kind. */
  function told<E extends PartyEvent>(party: ManagedProcess, type: E["type"]): E[] {
    const lines = party.printed.split("\n").filter((line) => line.startsWith(`${type} {`));
    return lines.map((line) => JSON.parse(line.slice(type.length)) as E);
  }

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
    await saidInBlocks(process, /task \d+ published/, within());
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
