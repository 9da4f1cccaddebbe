import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { Narrator } from "../../../scripts/Narrator.ts";
import { printTable } from "../../../scripts/printTable.ts";
import { serviceLog } from "../../../scripts/serviceLog.ts";
import type { Terminal } from "../../../scripts/Terminal.ts";
import { WorkersProgress } from "../../../scripts/WorkersProgress.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";

const TOKEN = 10n ** 18n;
const fail = (error: unknown): never => {
  throw error;
};

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
    const log = serviceLog(directory, "workers", fail);
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

  it("says what was late or missed cost, where its mechanism can say what was possible", () => {
    const narrator = new Narrator(terminal, { clock: Date.now });
    narrator.onWorker({ ...claimed(1), amount: (19n * TOKEN) / 20n, possible: TOKEN } as WorkerEvent);
    narrator.onWorker({ ...claimed(2), possible: TOKEN } as WorkerEvent);
    narrator.stop();
    expect(lines).to.deep.equal([
      "  device 1 (physical) claimed 0.9500 of 1.0000 possible",
      "  device 2 (physical) claimed 1.0000",
    ]);
    expect(narrator.lostIn(1n)).to.equal(TOKEN / 20n);
    expect(narrator.lostIn(2n)).to.equal(0n);
  });

  it("is the first few claims, then their number and where all are", () => {
    const path = tell(400, claimed);
    expect(lines).to.have.length(21);
    expect(lines.at(-1)).to.equal(`  … and 380 more claimed (all in ${path})`);
  });

  it("is the first few misses of each round, then their number", () => {
    const log = serviceLog(directory, "workers", fail);
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

  it("never has an empty reason, and has the system's in words", () => {
    const full = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
    for (const error of [new AggregateError([]), full]) {
      tell(1, (i) => ({ type: "trouble", ...who(i), doing: "claiming", error }));
    }
    expect(lines).to.deep.equal([
      "! device 1 (physical), claiming: AggregateError",
      "! device 1 (physical), claiming: the disk is full",
    ]);
  });

  it("counts who stays away", () => {
    tell(
      500,
      (i) => ({ type: "abstained", ...who(i), reason: "no item of the menu covers its cost" }),
      false,
    );
    expect(lines).to.deep.equal([
      "! 500 workers stay away from task 1: no item of the menu covers its cost (--json has all)",
    ]);
  });

  it("is one line for all the old tasks of a worker that was started again", () => {
    const reason = "SubchainManager.enrol was refused: EnrolmentClosed.";
    tell(300, (i) => ({ type: "abstained", ...who((i % 10) + 1), task: BigInt(i), reason }), false);
    expect(lines).to.deep.equal([`! 10 workers stay away from 300 tasks: ${reason} (--json has all)`]);
  });

  it("names the few that stay away", () => {
    tell(2, (i) => ({ type: "abstained", ...who(i), reason: "no token" }));
    expect(lines).to.deep.equal([
      "! device 1 (physical) stays away from task 1: no token",
      "! device 2 (physical) stays away from task 1: no token",
    ]);
  });

  it("takes those for no trouble that a task does not ask for", () => {
    const reason = "no price is posted for it";
    tell(9, (i) => ({ type: "abstained", ...who(i), reason, isMeant: true }), false);
    expect(lines).to.deep.equal([`  9 workers stay away from task 1: ${reason} (--json has all)`]);
  });

  it("tells of chains that all workers read by the chain's name", () => {
    const error = new BaseError("CHAIN_UNREACHABLE", "The main chain does not answer at http://x.");
    tell(1, () => ({ type: "trouble", worker: "all", chain: "main", task: 1n, doing: "reaching it", error }));
    expect(lines).to.deep.equal(["! main, reaching it: The main chain does not answer at http://x."]);
  });

  it("tells of refreshes that came late, as each second costs pay", () => {
    const refreshed = { type: "refreshed", ...who(1), refresh: 3, refreshes: 6 } as const;
    tell(1, () => ({ ...refreshed, late: 999, skipped: 0 }));
    expect(lines).to.deep.equal([]);
    tell(1, () => ({ ...refreshed, late: 2340, skipped: 0 }));
    tell(1, () => ({ ...refreshed, late: 0, skipped: 2 }));
    expect(lines).to.deep.equal([
      "! device 1 (physical): refresh 4 came 2.3 s late; what it is paid for may be less",
      "! device 1 (physical): 2 refreshes before it were not made in time; what it is paid for may be less",
    ]);
  });

  it("is told who is paid nothing, and why", () => {
    const reason = "the task expired before any round was final, so it owes nothing";
    tell(1, (i) => ({ type: "unpaid", ...who(i), reason }));
    expect(lines).to.deep.equal([`  device 1 (physical) is paid nothing: ${reason}`]);
  });

  it("shows what workers do step by step, and that they wait", () => {
    const idle: string[] = [];
    const progress = new WorkersProgress(
      Object.assign(terminal, { idle: (...parts: string[]) => idle.push(parts.join(" · ")) }) as Terminal,
      20,
    );
    progress.start();
    progress.onWorker({ ...who(1), type: "task-arrived", worker: "all", specDigest: "0x", workers: 10 });
    for (let i = 1; i <= 10; i++) {
      progress.onWorker({ ...who(i), type: "enrolled", choice: "0x", freshSeconds: 10 });
    }
    for (let i = 1; i <= 10; i++) progress.onWorker({ ...who(i), type: "committed", round: 0 });
    progress.onWorker({ ...who(3), type: "revealed", round: 0 });
    for (let i = 1; i <= 10; i++) progress.onWorker(claimed(i));
    progress.stop();
    expect(lines).to.deep.equal([
      "task 1 arrived on the physical chain: 10 workers here look at it",
      "task 1: 10 workers enrolled",
      "task 1, round 1: 10 workers trained and committed",
      "task 1, round 1: device 3 revealed",
    ]);
    expect(idle[0]).to.equal("waiting for tasks · 20 workers · 0.0000 claimed");
    expect(idle).to.include("at work on task 1 · 20 workers · 0.0000 claimed");
    expect(idle.slice(-2)).to.deep.equal(["waiting for tasks · 20 workers · 10.0000 claimed", ""]);
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

  it("costs nothing but the log when that cannot be written, and says so", async () => {
    const inTheWay = join(directory, "file");
    await writeFile(inTheWay, "");
    const errors: unknown[] = [];
    const broken = serviceLog(inTheWay, "workers", (error) => errors.push(error));
    broken.write(claimed(1));
    broken.write(claimed(2));
    expect(errors.map((error) => (error as BaseError).code)).to.deep.equal([
      "DIRECTORY_UNUSABLE",
      "DIRECTORY_UNUSABLE",
    ]);
    if (existsSync("/dev/full")) {
      await mkdir(join(directory, "logs"), { recursive: true });
      await symlink("/dev/full", join(directory, "logs/aggregators.jsonl"));
      serviceLog(directory, "aggregators", (error) => errors.push(error)).write(claimed(3));
      expect((errors.at(-1) as NodeJS.ErrnoException).code).to.equal("ENOSPC");
    }
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
