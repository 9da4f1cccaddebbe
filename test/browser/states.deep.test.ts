import { expect } from "chai";

import { audit, chain, freshness, messageCounts, NOW, network, taskLive, taskRows } from "./fixtures.ts";
import { needBrowser } from "./needBrowser.ts";
import { overhang, PageUnderTest } from "./PageUnderTest.ts";
import { VIEWS } from "./views.ts";

describe("the page's states", () => {
  let tested: PageUnderTest;

  before(async function () {
    await needBrowser(this);
    tested = await PageUnderTest.start();
  });

  beforeEach(() => tested.server.reset());

  after(async () => {
    await tested?.stop();
  });

  it("says that something is on its way, to those who hear it too", async () => {
    tested.server.answers.set("/tasks", "never");
    const page = await tested.open("tasks");
    await page
      .getByRole("status")
      .getByText("The list of tasks is being read.")
      .waitFor({ state: "attached" });
    expect(await tested.violations(page)).to.deep.equal([]);
    await page.context().close();
  });

  it("says what nothing there means, and how there would be something", async () => {
    tested.server.answers.set("/tasks", { json: { total: 0, from: 0, rows: [], dropped: 0 } });
    tested.server.answers.set("/messages", {
      json: { total: 0, from: 0, rows: [], dropped: 0, counts: messageCounts(0) },
    });
    tested.server.answers.set("/markets", { json: { markets: [] } });
    tested.server.answers.set("/tasks/4/freshness", { json: freshness("4", 0) });
    const page = await tested.open("tasks");
    for (const [place, words] of [
      ["tasks", "No task was published yet"],
      ["messages", "No message was sent yet"],
      ["markets", "There is no market on this network"],
      ["compare", "Choose the tasks to compare"],
      ["tasks/4/freshness", "Nobody has enrolled yet"],
    ] as const) {
      await page.goto(`${tested.server.url}/#/${place}`);
      await page.getByText(words).waitFor();
      expect(await tested.violations(page), place).to.deep.equal([]);
    }
    await page.context().close();
  });

  it("says what failed, why and what to do, and asks again", async () => {
    const page = await tested.open("tasks/77");
    await page.getByRole("alert").getByText("There is no task 77.").waitFor();
    await page.getByText("Look at the list of tasks.").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    tested.server.answers.set("/tasks/77", { json: taskLive("4") });
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Who is waited for").waitFor();
    await page.context().close();
  });

  it("waits while the server reads the chains for the first time", async () => {
    tested.server.answers.set("/tasks", {
      status: 503,
      refusal: { error: "NOT_READY", message: "The main chain is being read: block 12 of 40." },
    });
    const page = await tested.open("tasks");
    await page.getByText("block 12 of 40").waitFor();
    tested.server.answers.delete("/tasks");
    await page.getByText("4 tasks").waitFor();
    await page.context().close();
  });

  it("says since when the server is gone, keeps what it showed, and goes on when it is back", async () => {
    const page = await tested.open("tasks/4");
    await page.getByText("Who is waited for").waitFor();
    tested.server.lose();
    await page.getByText("The page's server does not answer since").waitFor();
    await page.getByText("Who is waited for").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    tested.server.answers.set("/tasks/4", { json: { ...taskLive("4"), missing: [] } });
    tested.server.find();
    await page.getByText("live", { exact: true }).waitFor();
    tested.server.push({ type: "task", taskId: "4" });
    await page.getByText("Nobody just now.").waitFor();
    expect(await page.getByText("does not answer since").count()).to.equal(0);
    await page.context().close();
  });

  it("says that an answer is slow to come, and gives it up after the time that the server tells", async () => {
    tested.server.answerSeconds = 3;
    tested.server.answers.set("/tasks/4/money", "never");
    const page = await tested.open("tasks/4/money");
    await page.getByRole("status").getByText("the server is slow to answer").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    await page.getByRole("alert").getByText("The page's server did not answer within 3 s").waitFor();
    await page.getByText("It is asked again by itself.").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    // By itself, nobody clicks.
    tested.server.answers.delete("/tasks/4/money");
    await page.getByText("adds up to the wei").waitFor();
    await page.context().close();
  });

  it("keeps what it showed while a newer answer is slow to come or does not, and says so", async () => {
    tested.server.answerSeconds = 3;
    const page = await tested.open("tasks/4");
    await page.getByText("Who is waited for").waitFor();
    tested.server.answers.set("/tasks/4", "never");
    tested.server.push({ type: "task", taskId: "4" });
    await page.getByRole("status").getByText("the answer is slow to come").waitFor();
    await page.getByText("Who is waited for").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    await page.getByRole("status").getByText("did not answer within 3 s").waitFor();
    await page.getByText("Who is waited for").waitFor();
    tested.server.answers.set("/tasks/4", { json: { ...taskLive("4"), missing: [] } });
    await page.getByText("Nobody just now.").waitFor();
    expect(await page.getByText("as of before").count()).to.equal(0);
    await page.context().close();
  });

  it("says that an audit's beginning was not answered, and looks whether it began", async () => {
    tested.server.answerSeconds = 1;
    const page = await tested.open("tasks/4/audit");
    await page.getByRole("button", { name: "Audit this task" }).waitFor();
    tested.server.answers.set("/tasks/4/audit", "never");
    await page.getByRole("button", { name: "Audit this task" }).click();
    await page.getByRole("alert").getByText("did not answer within 1 s").waitFor();
    tested.server.answers.set("/tasks/4/audit", {
      json: { ...audit("4", "none"), state: "running", startedAt: NOW },
    });
    await page.getByText("begun").first().waitFor();
    await page.context().close();
  });

  it("asks for everything again when what it missed is not to be had", async () => {
    const page = await tested.open("tasks");
    await page.getByText("4 tasks").waitFor();
    tested.server.answers.set("/tasks", {
      json: { total: 1, from: 0, rows: taskRows().slice(0, 1), dropped: 0 },
    });
    tested.server.push({ type: "reset", why: "too-old" });
    await page.getByText("1 task", { exact: true }).waitFor();
    await page.context().close();
  });

  it("says of which chain nothing is heard, and as of which block it is shown", async () => {
    const view = network();
    const gone = {
      ...chain("physical", "physical", 31404),
      connection: "disconnected" as const,
      since: NOW - 30,
      trouble: { message: "connect ECONNREFUSED", next: "Look whether its node runs." },
    };
    tested.server.answers.set("/network", { json: { ...view, chains: [...view.chains.slice(0, 3), gone] } });
    const page = await tested.open("network");
    await page.getByText("physical does not answer since").waitFor();
    await page.getByText("as of block 1204").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    await page.context().close();
  });

  it("says which blocks were replaced, and asks for what it shows again", async () => {
    const page = await tested.open("tasks/4");
    await page.getByText("Who is waited for").waitFor();
    const branch = { foundAt: NOW, above: 1198, upTo: 1204 };
    const view = network();
    const virtual = {
      ...chain("virtual", "virtual", 31403),
      connection: "rereading" as const,
      replaced: [branch],
    };
    tested.server.answers.set("/network", {
      json: { ...view, chains: view.chains.map((one) => (one.name === "virtual" ? virtual : one)) },
    });
    const before = tested.server.asked.filter((asked) => asked === "GET /tasks/4").length;
    tested.server.push({ type: "replaced", chain: "virtual", branch });
    await page.getByText("Blocks 1199 to 1204 of virtual were replaced by others").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    expect(tested.server.asked.filter((asked) => asked === "GET /tasks/4").length).to.be.above(before);
    await page.context().close();
  });

  it("keeps the colours that were chosen", async () => {
    const page = await tested.open("network");
    const theme = () =>
      page.evaluate(
        () =>
          (globalThis as unknown as { document: { documentElement: { dataset: { theme: string } } } })
            .document.documentElement.dataset.theme,
      );
    expect(await theme()).to.equal("light");
    await page.getByRole("button", { name: "Use dark colours" }).click();
    expect(await theme()).to.equal("dark");
    await page.reload();
    await page.getByRole("button", { name: "Use light colours" }).waitFor();
    expect(await theme()).to.equal("dark");
    await page.context().close();
  });

  it("is used with the keyboard alone: skip link, rooms, tabs, lists", async () => {
    const page = await tested.open("tasks/4/freshness");
    await page.getByText("All workers").waitFor();
    const focused = () =>
      page.evaluate(
        () =>
          (globalThis as unknown as { document: { activeElement: { textContent: string; id: string } } })
            .document.activeElement.id,
      );
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await focused()).to.equal("main");
    const list = page.getByRole("listbox", { name: "Workers by freshness" });
    await list.focus();
    const first = await list.getAttribute("aria-activedescendant");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.waitForTimeout(50);
    expect(await list.getAttribute("aria-activedescendant")).to.not.equal(first);
    await page.getByRole("link", { name: "Audit" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("This server has not audited the task.").waitFor();
    expect(await focused()).to.equal("main");
    await page.getByRole("button", { name: "Audit this task" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(100);
    expect(tested.server.asked).to.include("POST /tasks/4/audit");
    await page.context().close();
  });

  it("tells those who hear the page that a task went on", async () => {
    const page = await tested.open("tasks/4");
    await page.getByText("Who is waited for").waitFor();
    const live = taskLive("4");
    tested.server.answers.set("/tasks/4", {
      json: { ...live, row: { ...live.row, phase: { name: "revealing", round: 4 } } },
    });
    tested.server.push({ type: "task", taskId: "4" });
    await page
      .locator("[aria-live=polite]", { hasText: "Task 4: round 4: revealing" })
      .waitFor({ state: "attached" });
    await page.context().close();
  });

  it("shows 200 workers and 10,000 messages with few rows in the document", async () => {
    tested.server.workers = 200;
    tested.server.messages = 10_000;
    const page = await tested.open("tasks/4/freshness");
    await page.getByText("All workers").waitFor();
    const rows = () => page.getByRole("option").count();
    expect(await rows()).to.be.within(5, 60);
    await page.goto(`${tested.server.url}/#/messages`);
    await page.getByText("10\u202f000 messages").waitFor();
    const list = page.getByRole("listbox", { name: "Messages" });
    await list.focus();
    await page.keyboard.press("End");
    await page.getByText("nowhere").or(page.locator("#message-9999")).first().waitFor();
    await page.locator("#message-9999", { hasText: "relay" }).waitFor();
    expect(await rows()).to.be.within(5, 60);
    expect(await overhang(page)).to.equal(0);
    await page.context().close();
  });

  it("compares tasks in the order of their numbers, in whichever they were chosen", async () => {
    const page = await tested.open("compare?tasks=2,1");
    const table = page.getByRole("table", { name: "Tasks side by side" });
    await table.waitFor();
    const heads = await table.getByRole("columnheader").allTextContents();
    expect(heads.map((head: string) => /^task (\d+)/.exec(head)?.[1])).to.deep.equal([undefined, "1", "2"]);
    const boxes = await page
      .getByRole("group", { name: "Tasks to compare" })
      .locator("label")
      .allTextContents();
    expect(boxes.map((text: string) => Number.parseInt(text, 10))).to.deep.equal([1, 2, 3, 4]);
    await page.context().close();
  });

  it("shows the exact wei on demand, and copies addresses in full", async () => {
    const page = await tested.open("tasks/1/money");
    await page.getByText("adds up to the wei").waitFor();
    await page.getByRole("button", { name: "367.0000" }).first().click();
    await page.getByText("367\u202f000\u202f000\u202f000\u202f000\u202f000\u202f000 wei").first().waitFor();
    await page.context().close();
  });

  it("replays a market, and moves in it by hand", async () => {
    const page = await tested.open("markets/twin-migration");
    await page.getByText("Where twins are").waitFor();
    await page.getByRole("button", { name: "Replay from the beginning" }).click();
    const scrubber = page.getByRole("slider", { name: "Time of the replay" });
    await scrubber.focus();
    await page
      .getByText("No twin was asked to move yet.")
      .or(page.getByText("the latest 1 of 5"))
      .first()
      .waitFor();
    await page.keyboard.press("End");
    await page.getByText("the latest 5 of 5").waitFor();
    expect(await tested.violations(page)).to.deep.equal([]);
    await page.context().close();
  });

  it("saves what happened in a market, and replays it from the file", async () => {
    const page = await tested.open("markets/twin-migration");
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save what happened so far" }).click();
    const own = page.getByLabel("Replay a file of yours");
    await own.setInputFiles({ name: "other.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    await page.getByRole("alert").getByText("other.json is no recorded market").waitFor();
    await own.setInputFiles(await (await saved).path());
    await page.getByRole("slider", { name: "Time of the replay" }).focus();
    await page.keyboard.press("End");
    await page.getByText("the latest 5 of 5").waitFor();
    expect(await page.getByRole("alert").count()).to.equal(0);
    await page.context().close();
  });

  it("draws its first view within a second", async () => {
    // With the browser's own start, and 1,000 tasks in the list of which 50 are sent.
    const page = await tested.open("network");
    const began = Date.now();
    await page.goto(`${tested.server.url}/?again#/${VIEWS[1]!.place}`);
    await page.getByText("4 tasks").waitFor();
    expect(Date.now() - began).to.be.below(1000);
    await page.context().close();
  });
});
