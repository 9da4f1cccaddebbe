import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";

import { makeDirectory } from "../../../files/makeDirectory.ts";
import { thrown } from "../thrown.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MODULE = join(ROOT, "files/makeDirectory.ts");

describe("makeDirectory", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-make-"));
  });
  after(() => rm(directory, { recursive: true }));
  const refused = (path: string) => {
    const error = thrown(() => makeDirectory(path));
    expect(error.code).to.equal("DIRECTORY_UNUSABLE");
    expect(error.shortMessage).to.equal(`${path} cannot be used as a directory.`);
    return error.details;
  };

  it("makes a directory with those above it, and takes one that is there", () => {
    const path = join(directory, "one", "two");
    makeDirectory(path);
    makeDirectory(path);
    expect(existsSync(path)).to.equal(true);
  });

  it("says what is there instead", async () => {
    const file = join(directory, "file");
    const dangling = join(directory, "dangling");
    const toFile = join(directory, "to file");
    await writeFile(file, "");
    await symlink("/nowhere/at all", dangling);
    await symlink(file, toFile);
    expect(refused(file)).to.equal(`${file} is a file.`);
    expect(refused(join(file, "below"))).to.equal(`${file} is a file.`);
    expect(refused(dangling)).to.equal(`${dangling} is a link to /nowhere/at all, which is not there.`);
    expect(refused(join(dangling, "below"))).to.equal(
      `${dangling} is a link to /nowhere/at all, which is not there.`,
    );
    expect(refused(toFile)).to.equal(`${toFile} is a link to a file.`);
  });

  it("ends where a file system takes no directories and does not say so", async function () {
    if (process.platform !== "linux") this.skip();
    // In a process of its own: Node's recursive mkdir is deaf to everything but SIGKILL there.
    const script = `
      const { makeDirectory } = await import(${JSON.stringify(MODULE)});
      try { makeDirectory("/proc/x/y"); } catch (error) { console.log(error.code, error.details); }`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    expect(stdout).to.match(/^DIRECTORY_UNUSABLE .+\n$/);
  });

  it("makes every directory of the product", () => {
    const rooms = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(\.|node_modules|test|results)/.test(entry.name))
      .map(({ name }) => name);
    const sources = rooms.flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
        .map((name) => join(ROOT, room, name)),
    );
    expect(sources.length).to.be.above(500);
    // Tools of the project's own developers write into the project.
    const others = sources
      .filter((path) => !path.includes("/scripts/tools/") && path !== MODULE)
      .filter((path) => /\bmkdir(Sync)?\([^)]*recursive/.test(readFileSync(path, "utf8")));
    expect(others).to.deep.equal([]);
  });
});
