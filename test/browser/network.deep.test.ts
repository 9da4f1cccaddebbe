import { expect } from "chai";
import type { Browser, Page } from "playwright-core";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { MoneyView } from "../../dashboard/api/MoneyView.ts";
import type { StatementsView } from "../../dashboard/api/StatementView.ts";
import { PageService } from "../../dashboard/server/PageService.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { longestSeconds } from "../../protocol/roundTimes.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { FaultyProxy } from "../integration/FaultyProxy.ts";
import { smallHeldOutData } from "../integration/smallData.ts";
import { TestNetwork } from "../integration/TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "../integration/TestServices.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { needBrowser } from "./needBrowser.ts";
import { openBrowser, openWindow } from "./openBrowser.ts";

const PORTS = { network: 9860, main: 9878, virtual: 9879 };
/** How long something that must come on the page may take, milliseconds. */
const PATIENCE = 150_000;
/** For a machine that has other things to do: phases end as soon as all are through with them, but for enrolment. */
const SCHEDULE = {
  enrolSeconds: 30,
  epochSeconds: 24,
  commitSeconds: 30,
  revealSeconds: 12,
  reportSeconds: 30,
  claimSeconds: 1000,
};
const CLAIMED = contracts.TaskManager.eventTopics(["RewardClaimed"])[0]!;

/** A log as nodes give it. */
interface NodeLog {
  topics: string[];
  data: string;
}

/** One story on one network that runs: chains, relay, aggregators and workers in this process, the page in a browser. */
describe("the page of a network that runs, in a browser", function () {
  this.timeout(400_000);
  let network: TestNetwork;
  let services: TestServices;
  let publisher: ChainAccount;
  let browser: Browser;
  let page: Page;
  let service: PageService;
  let url: string;
  let task: bigint;
  /** The second aggregator. */
  let silent: { stop(): Promise<void> };
  /** The page's chains are reached through them. */
  const proxies: { main?: FaultyProxy; virtual?: FaultyProxy } = {};
  const running: { stop(): Promise<unknown> }[] = [];

  before(async function () {
    await needBrowser(this);
    const device = (i: number) => ({ ...WILLING_DEVICE, name: `device ${i}` });
    network = await TestNetwork.start({
      basePort: PORTS.network,
      subchains: ["virtual", "physical"],
      devices: 2,
      aggregators: 2,
    });
    running.push(network);
    for (const chain of ["main", "virtual"] as const) {
      const proxy = new FaultyProxy(network.place(chain).url, PORTS[chain]);
      await proxy.start();
      proxies[chain] = proxy;
      running.push(proxy);
    }
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    await services.startAggregator(0);
    const second = await services.startAggregator(1);
    let stopped: Promise<void> | undefined;
    silent = { stop: () => (stopped ??= second.stop()) };
    await services.startWorkers({ devices: [device(0), device(1)] });
    publisher = await network.account("main", "publisher");
    browser = await openBrowser();
    running.push({ stop: () => browser.close() });
    await show(0);
    running.push({ stop: () => service.stop() });
    page = await (await openWindow(browser)).newPage();
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** The network as the page is told of it: two of its chains over proxies. */
  function fileOverProxies(): NetworkFile {
    const { main, subchains, ...rest } = network.file;
    return {
      ...rest,
      main: { ...main, url: proxies.main!.url },
      subchains: subchains.map((place) =>
        place.name === "virtual" ? { ...place, url: proxies.virtual!.url } : place,
      ),
    };
  }

  async function show(port: number): Promise<void> {
    const file = fileOverProxies();
    const { storage } = network;
    const started = await PageService.start(
      file,
      { version: "0.1.0", place: { host: "127.0.0.1", port } },
      {
        clock: systemClock,
        storage,
        makeAudit: (id, { listener }) =>
          auditTask(file, id, {
            storage,
            listener,
            evaluate: heldOutEvaluation(services.pool, { heldOutData: smallHeldOutData }),
            scoring: { pool: services.pool, heldOutData: smallHeldOutData },
          }),
      },
    );
    service = started.page;
    url = started.url;
  }

  async function publish({
    rounds = 2,
    schedule: other = {},
    ...more
  }: {
    name?: string;
    rounds?: number;
    schedule?: Partial<typeof SCHEDULE>;
  } = {}): Promise<bigint> {
    const schedule = { ...SCHEDULE, ...other };
    const { enrolSeconds, epochSeconds } = schedule;
    // The same pay a second as the small task's, however long its epoch.
    const items = [
      { period: 4, reward: 1.25 * epochSeconds, cost: "5" },
      { period: 2, reward: 2 * epochSeconds, cost: "3" },
    ];
    const spec = parseTaskSpec({
      ...smallSpec(),
      ...more,
      rounds,
      schedule: {
        ...schedule,
        deadlineSeconds: enrolSeconds + Math.max(epochSeconds, longestSeconds(rounds, schedule)),
      },
      reward: {
        policy: "aoi-contract",
        menu: { items: items.map(({ reward, ...item }) => ({ ...item, reward: String(reward) })) },
      },
    });
    const published = await publishTask(spec, {
      network: network.file,
      main: network.main,
      publisher,
      storage: network.storage,
    });
    return published.task;
  }

  const see = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: PATIENCE });
  const gone = (text: string | RegExp) =>
    page.getByText(text).first().waitFor({ state: "detached", timeout: PATIENCE });
  const tab = (name: string) =>
    page
      .getByRole("navigation", { name: /Views of task/ })
      .getByRole("link", { name })
      .click();
  const ask = async <T>(path: string) => (await (await fetch(`${url}/api${path}`)).json()) as T;

  it("follows a task from nothing to its end, without being opened again", async () => {
    await page.goto(`${url}/#/tasks`);
    await see("No task was published yet");
    task = await publish();
    await page.getByRole("link", { name: /small/ }).click({ timeout: PATIENCE });
    const seen: string[] = [];
    const state = page.locator(".title-row .tag");
    for (const end = Date.now() + 2 * PATIENCE; seen.at(-1) !== "Completed, refunding"; ) {
      const words = (await state.innerText()).trim();
      if (seen.at(-1) !== words) seen.push(words);
      if (Date.now() > end) throw new Error(`It went no further: ${seen.join(", ")}`);
      await systemClock.sleep(40);
    }
    const told = seen.join("; ");
    expect(told).to.match(/^(unheard; )?enrolling; /);
    expect(told).to.match(/round 1: .*; round 2: /);
    expect(seen.filter((words) => words.startsWith("round"))).to.have.length.above(1);
    await page.getByText("round 2 is final").first().waitFor({ timeout: PATIENCE });
    expect(
      await page.getByRole("table", { name: "Rounds" }).getByText("final", { exact: true }).count(),
    ).to.equal(3);
    expect(await page.getByRole("table", { name: "Workers" }).locator("tbody tr").count()).to.equal(4);
  });

  it("shows its money, and a statement a worker that adds up to what the contract paid", async () => {
    await tab("Money");
    await see("adds up to the wei");
    await see("4 payments");
    expect(await page.getByText("agrees", { exact: true }).count()).to.equal(4);
    const { payments } = await ask<MoneyView>(`/tasks/${task}/money`);
    const { workers } = await ask<StatementsView>(`/tasks/${task}/statement`);
    expect(workers.map(({ worker, earned }) => [worker, earned]).sort()).to.deep.equal(
      payments.map(({ worker, amount }) => [worker, amount]).sort(),
    );
    await tab("Statements");
    for (let i = 0; i < workers.length; i++) {
      await page
        .getByRole("table", { name: /What workers earned/ })
        .getByRole("link")
        .nth(i)
        .click();
      await see("adds up to the paid wei");
      await page.getByRole("link", { name: /All workers/ }).click();
    }
  });

  it("has it audited, and names what fails once a node lies", async () => {
    await tab("Audit");
    await page.getByRole("button", { name: "Audit this task" }).click();
    await see("everything holds");
    // A node that tells of a claim with a wei less than was paid.
    proxies.main!.fault = "lying";
    proxies.main!.lie = (method, result) =>
      method === "eth_getLogs"
        ? (result as NodeLog[]).map((log) =>
            log.topics[0] === CLAIMED
              ? { ...log, data: `${log.data.slice(0, -1)}${log.data.endsWith("1") ? "0" : "1"}` }
              : log,
          )
        : result;
    await page.getByRole("button", { name: "Audit again" }).click();
    await see("something does not hold");
    expect(await page.locator(".check.fails .callout.bad").count()).to.be.above(0);
    proxies.main!.fault = "none";
    await page.getByRole("button", { name: "Audit again" }).click();
    await see("everything holds");
  });

  it("says that its server is gone, and goes on by itself when it is back", async () => {
    await page.goto(`${url}/#/tasks`);
    await see("1 task");
    const port = Number(new URL(url).port);
    await service.stop();
    await see("The page's server does not answer since");
    await publish({ name: "meanwhile" });
    await show(port);
    await gone("The page's server does not answer since");
    await see("meanwhile");
    await see("2 tasks");
  });

  it("says which chain does not answer, and goes on when it does", async () => {
    proxies.virtual!.fault = "silent";
    await see("virtual does not answer since");
    proxies.virtual!.fault = "none";
    await gone("virtual does not answer since");
  });

  it("shows a task that expires, what became of its money, and what to do", async () => {
    // Two must attest, and one of them is gone.
    await silent.stop();
    const late = await publish({
      name: "late",
      rounds: 1,
      schedule: { epochSeconds: 8, commitSeconds: 12, reportSeconds: 8 },
    });
    await page.goto(`${url}/#/tasks/${late}`);
    await see(/expired at its deadline, with 0 of 1 rounds/);
    await see("No round became final");
    await page.locator(".title-row .tag", { hasText: "Expired" }).waitFor({ timeout: PATIENCE });
    await tab("Money");
    await see("adds up to the wei");
    await tab("Statements");
    await see("Why was I (not) paid?");
  });

  it("shows the branch that took the place of another, and says so", async () => {
    const { provider } = network.client("main");
    const snapshot = await provider.send("evm_snapshot", []);
    await publish({ name: "on a branch", schedule: { enrolSeconds: 90 } });
    await page.goto(`${url}/#/tasks`);
    await see("on a branch");
    await provider.send("evm_revert", [snapshot]);
    for (let n = 0; n < 3; n++) await provider.send("evm_mine", []);
    await see(/of main were replaced by others/);
    await gone("on a branch");
    await see("3 tasks");
    await page.goto(`${url}/#/network`);
    await see("1 replaced branch");
  });
});
