import { expect } from "chai";
import type { Browser, Page } from "playwright-core";

import { ScriptedNetwork } from "../../bench/page/ScriptedNetwork.ts";
import { PageService } from "../../dashboard/server/PageService.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import { needBrowser } from "./needBrowser.ts";
import { openBrowser, openWindow } from "./openBrowser.ts";
import { overhang } from "./PageUnderTest.ts";

const TASKS = 1000;
const WORKERS = 200;
const MESSAGES = 10_000;
const PATIENCE = 30_000;

/** Of chains that answer as nodes do, and whose events are made up: no machine trains 200 workers for a test. */
describe("the page of a network with much on it, in a browser", function () {
  this.timeout(300_000);
  let network: ScriptedNetwork;
  let service: PageService;
  let url: string;
  let browser: Browser;
  let page: Page;
  let large: bigint;

  before(async function () {
    await needBrowser(this);
    network = new ScriptedNetwork();
    for (let n = 1; n < TASKS; n++) network.run({ workers: 4, refreshes: 6, rounds: 2 });
    large = network.run({ workers: WORKERS, refreshes: 12, rounds: 6, reward: 10n ** 17n });
    for (let sent = 0; sent < MESSAGES; sent += 500) network.send(500, sent + 500 === MESSAGES ? 1 : 0);
    await network.listen();
    const started = await PageService.start(
      network.file,
      { version: "0.1.0", place: { host: "127.0.0.1", port: 0 } },
      { clock: systemClock, storage: new RemoteStore({ servers: ["http://127.0.0.1:9"] }) },
    );
    service = started.page;
    url = started.url;
    await Promise.all(service.watch.feeds.map(({ firstRead }) => firstRead));
    browser = await openBrowser();
    page = await (await openWindow(browser)).newPage();
  });

  after(async () => {
    await browser?.close();
    await service?.stop();
    await network?.close();
  });

  /** From asking for a place in a window of its own to its words being there, milliseconds. */
  async function firstView(place: string, words: string): Promise<number> {
    const context = await openWindow(browser);
    const fresh = await context.newPage();
    const began = performance.now();
    await fresh.goto(`${url}/#/${place}`);
    await fresh.getByText(words, { exact: true }).first().waitFor({ timeout: PATIENCE });
    const took = performance.now() - began;
    await context.close();
    return took;
  }

  it(`draws its first view of ${TASKS} tasks within a second`, async () => {
    // The browser's own files are read once.
    await firstView("network", "Routes");
    const took = Math.min(
      await firstView("tasks", "1\u202f000 tasks"),
      await firstView("tasks", "1\u202f000 tasks"),
    );
    console.log(`      ${Math.round(took)} ms`);
    expect(took).to.be.below(1000);
  });

  it(`shows a task with ${WORKERS} workers, all of them at hand and few of them drawn`, async () => {
    await page.goto(`${url}/#/tasks/${large}`);
    await page.getByRole("button", { name: `Show all ${WORKERS}` }).click({ timeout: PATIENCE });
    const rows = page.getByRole("table", { name: "Workers" }).locator("tbody tr");
    await rows.nth(WORKERS - 1).waitFor({ timeout: PATIENCE });
    expect(await rows.count()).to.equal(WORKERS);
    await page.goto(`${url}/#/tasks/${large}/freshness`);
    const list = page.getByRole("listbox", { name: "Workers by freshness" });
    await list.focus();
    await page.keyboard.press("End");
    await page.waitForTimeout(200);
    expect(await page.getByRole("option").count()).to.be.within(5, 60);
    await page.goto(`${url}/#/tasks/${large}/money`);
    await page.getByText("adds up to the wei").waitFor({ timeout: PATIENCE });
    await page.getByText(`${WORKERS} payments`).waitFor();
    expect(await overhang(page)).to.equal(0);
  });

  it(`shows ${MESSAGES} messages, and finds the one that is not there yet`, async () => {
    await page.goto(`${url}/#/messages`);
    await page.getByText("10\u202f000 messages").waitFor({ timeout: PATIENCE });
    const list = page.getByRole("listbox", { name: "Messages" });
    await list.focus();
    await page.keyboard.press("End");
    await page.locator("#message-9999", { hasText: "delivered" }).waitFor({ timeout: PATIENCE });
    expect(await page.getByRole("option").count()).to.be.within(5, 60);
    await page.getByRole("combobox", { name: "State" }).selectOption("open");
    await page.getByText("1 message", { exact: true }).waitFor({ timeout: PATIENCE });
  });

  it("goes on while much happens, and stays usable", async () => {
    await page.goto(`${url}/#/tasks`);
    await page.getByText("1\u202f000 tasks").waitFor({ timeout: PATIENCE });
    for (let n = 0; n < 20; n++) {
      network.run({ workers: 4, refreshes: 6, rounds: 2 });
      network.send(100);
      await systemClock.sleep(100);
    }
    await page.getByText("1\u202f020 tasks").waitFor({ timeout: PATIENCE });
    const began = performance.now();
    await page.getByRole("link", { name: /^1020/ }).click();
    await page.getByText("Who is waited for").waitFor();
    expect(performance.now() - began).to.be.below(2000);
  });
});
