import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { Lock } from "../../../files/Lock.ts";
import { thrown } from "../thrown.ts";

const HOLDER = fileURLToPath(new URL("lockHolder.ts", import.meta.url));
const OPTIONS = { code: "DIRECTORY_IN_USE", what: "The directory D", instead: "name another" };

describe("Lock", () => {
  let path: string;
  let directory: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-lock-"));
    path = join(directory, "made for it", "lock");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(directory, { recursive: true });
  });

  /** A process that tries to take the lock and holds it; what it says. */
  const holder = async (): Promise<{ child: ChildProcess; said: unknown }> => {
    const child = fork(HOLDER, [path, "--words"]);
    children.push(child);
    const [said] = await once(child, "message");
    return { child, said };
  };

  it("has one holder, who is named to others", async () => {
    const { child, said } = await holder();
    expect(said).to.equal("held");
    const error = thrown(() => Lock.take(path, OPTIONS));
    expect(error.code).to.equal("DIRECTORY_IN_USE");
    expect(error.shortMessage).to.equal("The directory D is in use by another Freshet.");
    expect(error.details).to.contain(`process ${child.pid} on `);
    expect(error.details).to.match(/since \d{4}-\d\d-\d\dT.*: lockHolder .*made for it.* --words$/);
    expect(error.next).to.equal("Stop it, or name another. Nothing was changed.");
  });

  it("is free as soon as its holder is gone, however it went", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const { child, said } = await holder();
      expect(said).to.equal("held");
      child.kill(signal);
      await once(child, "exit");
    }
    Lock.take(path, OPTIONS).release();
  });

  it("is looked at without being taken", async () => {
    expect(Lock.holderOf(path)).to.equal(undefined);
    const { child } = await holder();
    expect(Lock.holderOf(path)).to.contain(`process ${child.pid} on `);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(Lock.holderOf(path)).to.equal(undefined);
    const own = Lock.take(path, OPTIONS);
    expect(Lock.holderOf(path)).to.contain(`process ${process.pid} on `);
    own.release();
  });

  it("is not free while its holder does not run on", async () => {
    const { child } = await holder();
    child.kill("SIGSTOP");
    expect(thrown(() => Lock.take(path, OPTIONS)).details).to.contain(`process ${child.pid}`);
  });

  it("goes to exactly one of many who want it at once", async () => {
    const said = await Promise.all(Array.from({ length: 4 }, async () => (await holder()).said));
    expect(said.filter((word) => word === "held")).to.have.length(1);
    expect(said.filter((word) => word === "DIRECTORY_IN_USE")).to.have.length(3);
  });

  it("is held against its own process, too", () => {
    const lock = Lock.take(path, OPTIONS);
    expect(thrown(() => Lock.take(path, OPTIONS)).details).to.contain(`process ${process.pid} `);
    lock.release();
    Lock.take(path, OPTIONS).release();
  });

  it("comes to who waits for it, who is told once for whom", async () => {
    const { child } = await holder();
    const told: string[] = [];
    const waiting = Lock.wait(path, (who) => {
      told.push(who);
      child.kill("SIGKILL");
    });
    (await waiting).release();
    expect(told).to.have.length(1);
    expect(told[0]).to.contain(`process ${child.pid} `);
  });

  it("says that its file is no lock, and leaves it", async () => {
    const other = join(directory, "notes");
    await writeFile(
      other,
      "These are notes, and long enough to be taken for the header of a database.".repeat(9),
    );
    const error = thrown(() => Lock.take(other, OPTIONS));
    expect(error.code).to.equal("LOCK_UNUSABLE");
    expect(error.details).to.contain("not a database");
    const inFile = thrown(() => Lock.take(join(other, "lock"), OPTIONS));
    expect(inFile.code).to.equal("DIRECTORY_UNUSABLE");
  });
});
