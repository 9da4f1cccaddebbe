import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { Narrator } from "../../../scripts/Narrator.ts";
import { printTable } from "../../../scripts/printTable.ts";
import { serviceLog } from "../../../scripts/serviceLog.ts";
import type { Terminal } from "../../../scripts/Terminal.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";

const TOKEN = 10n ** 18n;

describe("what is told of many workers", () => {
  let lines: string[];
  let directory: string;
  let terminal: Terminal;

  beforeEach(async () => {
    lines = [];
    directory = await mkdtemp(join(tmpdir(), "freshet-narrator-"));
    terminal = {
      json: false,
      isLive: false,
      colours: { dim: (text: string) => text },
      line: (text = "") => lines.push(text),
      warn: (text: string) => lines.push(`! ${text}`),
      done: (text: string) => lines.push(`✓ ${text}`),
      status: () => undefined,
    } as unknown as Terminal;
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Has a narrator hear what so many workers tell, with the network's log unless told otherwise. */
  const tell = (count: number, event: (i: number) => WorkerEvent, logged = true) => {
    const log = serviceLog(directory, "workers");
    const narrator = new Narrator(terminal, { clock: Date.now, ...(logged ? { log } : {}) });
    for (let i = 1; i <= count; i++) narrator.onWorker(event(i));
    narrator.stop();
    return log.path;
  };
  const who = (i: number) => ({ worker: `device ${i}`, chain: "physical", task: 1n });
  const claimed = (i: number): WorkerEvent => ({ type: "claimed", ...who(i), amount: TOKEN });
  const error = new BaseError("TRANSACTION_FAILED", "It was not sent.");
  const missed =
    (round: number) =>
    (i: number): WorkerEvent => ({ type: "round-missed", ...who(i), round, error });

  it("is a line a worker while they are few", () => {
    tell(20, claimed);
    expect(lines).to.have.length(20);
    expect(lines[0]).to.equal("  device 1 (physical) claimed 1.0000");
  });

  it("is the first few claims, then their number and where all are", () => {
    const path = tell(400, claimed);
    expect(lines).to.have.length(21);
    expect(lines.at(-1)).to.equal(`  … and 380 more claimed (all in ${path})`);
  });

  it("is the first few misses of each round, then their number", () => {
    const log = serviceLog(directory, "workers");
    const narrator = new Narrator(terminal, { clock: Date.now, log });
    for (const round of [0, 1]) for (let i = 1; i <= 200; i++) narrator.onWorker(missed(round)(i));
    narrator.stop();
    expect(lines).to.have.length(42);
    expect(lines.filter((line) => line.includes("…"))).to.deep.equal([
      `! … and 180 more missed round 1 of task 1 (all in ${log.path})`,
      `! … and 180 more missed round 2 of task 1 (all in ${log.path})`,
    ]);
  });

  it("counts the same trouble together, whichever refresh it was", () => {
    tell(50, (i) => ({ type: "trouble", ...who(i), doing: `making refresh ${i}`, error }), false);
    expect(lines).to.have.length(21);
    expect(lines.at(-1)).to.equal("! … and 30 more had trouble making refresh (--json has all)");
  });

  it("counts who stays away", () => {
    tell(
      500,
      (i) => ({ type: "abstained", ...who(i), reason: "no item of the menu covers its cost" }),
      false,
    );
    expect(lines).to.have.length(21);
    expect(lines.at(-1)).to.equal("! … and 480 more stay away (--json has all)");
  });

  it("is in the log as a whole, a line of JSON each, behind what was there", async () => {
    const path = tell(300, claimed);
    tell(30, missed(2));
    const logged = (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).to.have.length(330);
    expect(logged[299]).to.include({ event: "claimed", worker: "device 300", amount: String(TOKEN) });
    expect(logged[329]).to.deep.include({
      event: "round-missed",
      round: 2,
      error: { code: "TRANSACTION_FAILED", message: "It was not sent." },
    });
  });

  it("is the first and last rows of a long table, and the whole of a short one", () => {
    const table = (rows: number) => ({
      columns: [{ header: "worker" }],
      rows: Array.from({ length: rows }, (_, i) => [`device ${i + 1}`]),
    });
    printTable(terminal, table(400), { mostRows: 40 });
    expect(lines).to.have.length(42);
    expect([lines[20], lines[21], lines[22], lines.at(-1)]).to.deep.equal([
      "device 20",
      "… 360 more; --json has all",
      "device 381",
      "device 400",
    ]);
    lines.length = 0;
    printTable(terminal, table(20), { mostRows: 40 });
    expect(lines).to.have.length(21);
  });
});
