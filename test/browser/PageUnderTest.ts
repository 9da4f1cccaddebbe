import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, ConsoleMessage, Page, Request } from "playwright-core";

import { buildPage } from "../../scripts/tools/buildPage.ts";
import { pageToolFile } from "../../scripts/tools/pageTools.ts";
import { FixtureServer } from "./FixtureServer.ts";
import { openBrowser, openWindow } from "./openBrowser.ts";

/** What axe found: which rule, and where. */
export interface Violation {
  rule: string;
  help: string;
  where: string[];
}

/** The page, built from its sources, in a browser, with a server whose answers a test decides. */
export class PageUnderTest {
  readonly server: FixtureServer;
  readonly #browser: Browser;
  readonly #built: string;
  readonly #axe = readFileSync(pageToolFile("axe-core/axe.min.js"), "utf8");
  /** What the browser complained of in the page that was opened last: errors, and what its policy refused. */
  complaints: string[] = [];

  private constructor(server: FixtureServer, browser: Browser, built: string) {
    this.server = server;
    this.#browser = browser;
    this.#built = built;
  }

  /** Builds the page and opens the browser. */
  static async start(): Promise<PageUnderTest> {
    const built = await mkdtemp(join(tmpdir(), "freshet-page-"));
    await buildPage(built);
    const server = new FixtureServer(built);
    await server.start();
    return new PageUnderTest(server, await openBrowser(), built);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    await rm(this.#built, { recursive: true });
  }

  /** Opens a place of the page in a browser of its own. @param place - Behind the #. */
  async open(place: string, size: Parameters<typeof openWindow>[1] = {}): Promise<Page> {
    const context = await openWindow(this.#browser, size);
    const page = await context.newPage();
    this.complaints = [];
    page.on("console", (message: ConsoleMessage) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error: Error) => this.complaints.push(String(error)));
    page.on("request", (request: Request) => {
      if (!request.url().startsWith(this.server.url)) this.complaints.push(`asked ${request.url()}`);
    });
    await page.goto(`${this.server.url}/#/${place}`);
    return page;
  }

  /** What axe finds wrong in what is shown. Set off by the page's policy if it were a script of the page. */
  async violations(page: Page): Promise<Violation[]> {
    await page.evaluate(this.#axe);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
          }>;
        };
      };
      const { violations } = await axe.run();
      return violations.map(({ id, help, nodes }) => ({
        rule: id,
        help,
        where: nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `${html.slice(0, 160)} | ${failureSummary.slice(0, 240)}`),
      }));
    });
  }
}

/** By how much the page is wider than what it is shown in, px. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number; clientWidth: number } };
    };
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });
}
