import { expect } from "chai";

import { needBrowser } from "./needBrowser.ts";
import { PageUnderTest } from "./PageUnderTest.ts";

describe("the page in a browser", () => {
  let tested: PageUnderTest;

  before(async function () {
    await needBrowser(this);
    tested = await PageUnderTest.start();
  });

  after(async () => {
    await tested?.stop();
  });

  it("shows a task and goes on as the server tells, under a policy that allows nothing inline", async () => {
    const page = await tested.open("tasks/4");
    await page.getByText("Who is waited for").waitFor();
    expect(await page.title()).to.equal("Task 4: Live · Freshet");
    await page.getByRole("heading", { name: "accuracy by round" }).waitFor();
    await page.getByRole("link", { name: "Money" }).click();
    await page.getByText("The rest").or(page.getByText("Where the money went")).first().waitFor();
    expect(tested.complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("has what is typed into a search in its address once typing pauses", async () => {
    for (const [view, label] of [
      ["tasks", "Name or number"],
      ["messages", "Id or transaction"],
    ] as const) {
      const page = await tested.open(view);
      await page.getByLabel(label).pressSequentially("0xab");
      await page.waitForURL(/search=0xab/);
      expect(await page.getByLabel(label).inputValue()).to.equal("0xab");
      await page.context().close();
    }
  });
});
