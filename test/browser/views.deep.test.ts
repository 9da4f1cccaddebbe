import { expect } from "chai";
import type { Page } from "playwright-core";

import { needBrowser } from "./needBrowser.ts";
import { overhang, PageUnderTest } from "./PageUnderTest.ts";
import { VIEWS } from "./views.ts";

describe("every view of the page", () => {
  let tested: PageUnderTest;

  before(async function () {
    await needBrowser(this);
    tested = await PageUnderTest.start();
  });

  beforeEach(() => tested.server.reset());

  after(async () => {
    await tested?.stop();
  });

  const drawn = async (page: Page, words: string) => {
    await page.getByText(words).first().waitFor();
    // Charts are drawn a frame after they are measured.
    await page.waitForTimeout(80);
  };

  for (const { name, place, words } of VIEWS) {
    for (const dark of [false, true]) {
      it(`${name}: axe finds nothing, ${dark ? "dark" : "light"}`, async () => {
        const page = await tested.open(place, { dark });
        await drawn(page, words);
        expect(await tested.violations(page)).to.deep.equal([]);
        expect(tested.complaints).to.deep.equal([]);
        await page.context().close();
      });
    }

    it(`${name}: fits a phone of 360 px`, async () => {
      const page = await tested.open(place, { width: 360, height: 740 });
      await drawn(page, words);
      expect(await overhang(page)).to.equal(0);
      await page.context().close();
    });
  }

  it("has one heading of the first level, and landmarks, on each", async () => {
    const page = await tested.open("network");
    for (const { place, words } of VIEWS) {
      await page.goto(`${tested.server.url}/#/${place}`);
      await drawn(page, words);
      expect(await page.getByRole("heading", { level: 1 }).count(), place).to.equal(1);
      expect(await page.getByRole("main").count(), place).to.equal(1);
      expect(await page.getByRole("banner").count(), place).to.equal(1);
    }
    await page.context().close();
  });
});
