import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { goTool } from "../../../scripts/tools/goTool.ts";
import { rejected } from "../thrown.ts";

const MODULE = fileURLToPath(new URL("../../../scripts/tools/goTool.ts", import.meta.url));

describe("goTool", () => {
  let directory: string;
  let cache: string;
  let places: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-go-"));
    cache = join(directory, "cache");
    places = [join(directory, "bin")];
    await mkdir(places[0]!);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A Go whose builds say a version; each build leaves a line in a file, and may wait for ever. */
  const install = async (says: string, { hangs = false } = {}) => {
    const script = `#!/bin/sh
[ "$1" = env ] && { echo go1.99; exit 0; }
echo build >> "${directory}/builds"
while [ "$1" != -o ]; do shift; done
${hangs ? 'printf half > "$2"; exec sleep 600' : `printf '#!/bin/sh\\necho "${says}"\\n' > "$2" && chmod +x "$2"`}
`;
    await writeFile(join(places[0]!, "go"), script, { mode: 0o755 });
  };
  const builds = async () => (await readFile(join(directory, "builds"), "utf8")).split("\n").length - 1;

  it("builds once what the modules pin, and then finds it", async () => {
    await install("Version: 1.17.10-stable");
    const told: string[] = [];
    const onBuild = (sentence: string) => told.push(sentence);
    const first = await goTool("geth", { cache, places, onBuild });
    expect(await goTool("geth", { cache, places, onBuild })).to.equal(first);
    expect(await builds()).to.equal(1);
    expect(told).to.have.length(1);
    expect(await readdir(join(cache, "geth"))).to.have.length(1);
  });

  it("believes no file in its place that does not run", async () => {
    await install("Version: 1.17.10-stable");
    const path = await goTool("geth", { cache, places });
    await writeFile(path, "half");
    expect(await goTool("geth", { cache, places })).to.equal(path);
    expect(await builds()).to.equal(2);
  });

  it("refuses a build that says another version, and leaves nothing of it", async () => {
    await install("Version: 1.13.15-stable");
    const error = await rejected(goTool("geth", { cache, places }));
    expect(error).to.have.property("code", "GO_BUILD");
    expect(await readdir(join(cache, "geth"))).to.deep.equal([]);
  });

  it("begins anew where a build was killed, and removes what that left", async () => {
    await install("", { hangs: true });
    const script = `import(${JSON.stringify(MODULE)}).then((m) => m.goTool("geth", ${JSON.stringify({ cache, places })}))`;
    const child = spawn(process.execPath, ["-e", script], { stdio: "ignore", detached: true });
    const ended = once(child, "close");
    while (!existsSync(join(directory, "builds"))) await new Promise((resolve) => setTimeout(resolve, 20));
    // Its Go with it.
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(await readdir(join(cache, "geth"))).to.have.length(1);

    await install("Version: 1.17.10-stable");
    await goTool("geth", { cache, places });
    const left = await readdir(join(cache, "geth"));
    expect(left).to.have.length(1);
    expect(left[0]).not.to.match(/^\.build/);
  });

  it("says that there is no Go", async () => {
    const error = await rejected(goTool("kubo", { cache, places }));
    expect(error).to.have.property("code", "GO_MISSING");
  });
});
