import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { hardhatPlugin } from "../../../chains/networks/hardhatPlugin.ts";

const BUILDER = fileURLToPath(new URL("buildProcess.ts", import.meta.url));
const COMPILER = createRequire(import.meta.url).resolve("solc/soljson.js");
const NAMES = ["A", "B", "C"];

/** A directory named so, with a project of a few contracts and its compiler. */
async function project(name: string): Promise<string> {
  const root = join(await mkdtemp(join(tmpdir(), "freshet-build-")), name);
  await mkdir(join(root, "contracts"), { recursive: true });
  await symlink(COMPILER, join(root, "soljson.js"));
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  for (const contract of NAMES) {
    const source = `// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n\ncontract ${contract} {}\n`;
    await writeFile(join(root, "contracts", `${contract}.sol`), source);
  }
  return root;
}

/** Has a process build its project; the names of all artifacts, or the error. */
async function built(builder: ChildProcess): Promise<unknown> {
  builder.send("build");
  return (await once(builder, "message"))[0];
}

describe("Hardhat with Freshet's plugin", () => {
  const roots: string[] = [];
  const made = async (name: string) => {
    const root = await project(name);
    roots.push(root);
    return root;
  };
  const artifacts = NAMES.map((name) => `contracts/${name}.sol:${name}`);
  const builders: ChildProcess[] = [];
  const ready = async (root: string) => {
    const builder = fork(BUILDER, [root]);
    builders.push(builder);
    await once(builder, "message");
    return builder;
  };
  afterEach(() => {
    for (const builder of builders.splice(0)) builder.kill();
  });
  after(async () => {
    for (const root of roots) await rm(join(root, ".."), { recursive: true });
  });

  for (const name of ["with # and spaces", "with %20 and ? and é and 温"]) {
    it(`compiles in a directory named "${name}"`, async () => {
      const builder = await ready(await made(name));
      expect(await built(builder)).to.deep.equal(artifacts);
    });
  }

  it("compiles together what shares an object of settings, and nothing else", async () => {
    const settings = { version: "0.8.37", path: COMPILER, settings: { viaIR: true } };
    const { config } = await createHardhatRuntimeEnvironment({
      plugins: [hardhatPlugin],
      solidity: {
        profiles: {
          default: {
            compilers: [settings],
            overrides: { "a.sol": settings, "b.sol": settings, "c.sol": { ...settings } },
          },
        },
      },
    });
    const { "a.sol": a, "b.sol": b, "c.sol": c } = config.solidity.profiles.default!.overrides;
    expect(a).to.equal(b);
    expect(a).not.to.equal(c);
    expect(a).to.deep.equal(c);
  });

  it("builds in several processes at once, again and again", async () => {
    const root = await made("shared");
    const three = await Promise.all(Array.from({ length: 3 }, () => ready(root)));
    // The first time all find nothing compiled, later all find everything.
    for (let i = 0; i < 5; i++) {
      const answers = await Promise.all(three.map((builder) => built(builder)));
      expect(answers).to.deep.equal([artifacts, artifacts, artifacts]);
    }
  });

  it("builds after another that was killed while it did", async () => {
    const root = await made("killed");
    const [first, second] = await Promise.all([ready(root), ready(root)]);
    first.send("build");
    while (!existsSync(join(root, "cache/build.lock"))) await sleep(5);
    const answer = built(second);
    first.kill("SIGKILL");
    expect(await answer).to.deep.equal(artifacts);
  });

  it("takes what is compiled where nothing can be written, and says so where nothing is", async () => {
    const root = await made("read-only");
    // Also for a user who may write everywhere.
    const obstruct = () => writeFile(join(root, "cache"), "");
    await obstruct();
    const refused = await built(await ready(root));
    expect(refused).to.match(/cannot be compiled here.*This user cannot write to .*cache/s);
    await rm(join(root, "cache"));
    expect(await built(await ready(root))).to.deep.equal(artifacts);
    await rm(join(root, "cache"), { recursive: true });
    await obstruct();
    expect(await built(await ready(root))).to.deep.equal(artifacts);
  });
});
