import { type ChildProcess, execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** A project's packages: what runs, what only developers need, and what the launcher tries. */
const PACKAGES: Readonly<Record<string, { dev?: boolean; main: string }>> = {
  "better-sqlite3": { main: "module.exports = class { close() {} };" },
  hardhat: { main: "" },
  "@nomicfoundation/edr": { main: "" },
  typescript: { dev: true, main: "" },
};
/** Instead of npm: installs the packages, as a user's settings have it, and keeps what it was called with. */
const NPM = `#!/bin/sh
[ "$1" != config ] || { echo https://registry.example/; exit; }
printf '%s\\n' "$*" >> "$FAKE/npm-calls"
sleep "\${NPM_SECONDS:-0}"
if [ -f "$FAKE/npm-says" ]; then cat "$FAKE/npm-says" >&2; exit 1; fi
for word in "$@"; do prefix=$word; done
case "$NODE_ENV $*" in production*--include=dev* | [!p]* | " "*) from=all ;; *) from=production ;; esac
mkdir -p "$prefix"
case $prefix in
  */tools/node) cp -R "$FAKE/node/." "$prefix/node_modules" ;;
  *) cp -R "$FAKE/$from/." "$prefix/node_modules" ;;
esac
if [ -f "$FAKE/left-out" ]; then rm -r "$prefix/node_modules/$(cat "$FAKE/left-out")"; fi
`;
const COMPILER = `
  import { appendFileSync, existsSync } from "node:fs";
  appendFileSync(process.env.FAKE + "/builds", import.meta.dirname + "\\n");
  if (existsSync(process.env.FAKE + "/no-compiler")) { console.error("HHE1: it does not compile"); process.exit(1); }
`;

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** A copy of the launcher with a project of its own, in a directory of that name, and an npm that reaches nothing. */
class Installation {
  readonly root: string;
  readonly fake: string;

  private constructor(root: string, fake: string) {
    this.root = root;
    this.fake = fake;
  }

  static async make(name = "freshet"): Promise<Installation> {
    const parent = await mkdtemp(join(tmpdir(), "freshet-launcher-"));
    const made = new Installation(join(parent, name), join(parent, "fake"));
    const { root, fake } = made;
    await mkdir(join(root, "scripts", "tools"), { recursive: true });
    await copyFile(join(ROOT, "freshet"), join(root, "freshet"));
    await copyFile(join(ROOT, "scripts/tools/checkInstall.ts"), join(root, "scripts/tools/checkInstall.ts"));
    await writeFile(join(root, "package.json"), '{ "type": "module" }');
    await writeFile(
      join(root, "scripts/freshet.ts"),
      "console.log(JSON.stringify({ words: process.argv.slice(2), file: process.argv[1], cwd: process.cwd() }));",
    );
    await writeFile(join(root, "scripts/tools/compileContracts.ts"), COMPILER);
    await made.lock({});
    await made.#put("bin/npm", NPM);
    await chmod(join(fake, "bin/npm"), 0o755);
    for (const kind of ["all", "production"]) {
      const kept = Object.entries(PACKAGES).filter(([, { dev }]) => kind === "all" || !dev);
      const installed = Object.fromEntries(
        kept.map(([name]) => [`node_modules/${name}`, { version: "1.0.0" }]),
      );
      await made.#put(`${kind}/.package-lock.json`, JSON.stringify({ packages: installed }));
      for (const [name, { main }] of kept) {
        await made.#put(`${kind}/${name}/package.json`, '{ "version": "1.0.0" }');
        await made.#put(`${kind}/${name}/index.js`, main);
      }
    }
    return made;
  }

  async #put(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.fake, path)), { recursive: true });
    await writeFile(join(this.fake, path), content);
  }

  /** Writes the lock file: the packages, and some more. */
  async lock(more: object): Promise<void> {
    const packages = Object.keys(PACKAGES).map(
      (name) => [`node_modules/${name}`, { version: "1.0.0" }] as const,
    );
    const lock = { packages: { "": {}, ...Object.fromEntries(packages), ...more } };
    await writeFile(join(this.root, "package-lock.json"), JSON.stringify(lock));
  }

  /** Has npm fail with this, leave that package out, or the compiler fail; undefined: no more. */
  async break(what: "npm-says" | "left-out" | "no-compiler", how: string | undefined): Promise<void> {
    if (how === undefined) await rm(join(this.fake, what));
    else await writeFile(join(this.fake, what), how);
  }

  /** Starts it, by its own path or another. */
  run(
    options: {
      by?: string;
      cwd?: string;
      env?: NodeJS.ProcessEnv;
      words?: string[];
      /** Told of the process. */
      started?: (child: ChildProcess) => void;
    } = {},
  ): Promise<Run> {
    const { by = join(this.root, "freshet"), cwd = tmpdir(), env = {}, words = ["up"], started } = options;
    const path = `${join(this.fake, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;
    return new Promise((resolve) => {
      const child = execFile(
        by,
        words,
        { cwd, env: { HOME: tmpdir(), PATH: path, FAKE: this.fake, ...env } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      started?.(child);
    });
  }

  /** What npm was called with, and where the programs are that compiled contracts. */
  async calls(): Promise<{ npm: string[]; builds: string[] }> {
    const lines = async (name: string) => {
      const path = join(this.fake, name);
      return existsSync(path) ? (await readFile(path, "utf8")).trimEnd().split("\n") : [];
    };
    return { npm: await lines("npm-calls"), builds: await lines("builds") };
  }

  isStamped(what: "installed" | "compiled"): boolean {
    return existsSync(join(this.root, "node_modules", `.freshet-${what}`));
  }

  remove(): Promise<void> {
    return rm(dirname(this.root), { recursive: true });
  }
}

describe("the launcher", () => {
  const all: Installation[] = [];
  const installation = async (name?: string) => {
    const made = await Installation.make(name);
    all.push(made);
    return made;
  };
  after(() => Promise.all(all.map((made) => made.remove())));
  const said = ({ stdout }: Run) => JSON.parse(stdout) as { words: string[]; file: string; cwd: string };

  it("installs and compiles once, saying so in lines, and passes everything on", async () => {
    const made = await installation();
    const first = await made.run({ words: ["task", "show", "a b", "--json", ""] });
    expect(first.code, first.stderr).to.equal(0);
    expect(said(first)).to.deep.equal({
      words: ["task", "show", "a b", "--json", ""],
      file: join(made.root, "scripts/freshet.ts"),
      cwd: tmpdir(),
    });
    expect(first.stderr.replace(/ in \d+ s/g, "").split("\n")).to.deep.equal([
      "freshet: installing the packages of the lock file (once, a minute or two) ...",
      "freshet: installed the packages",
      "freshet: compiling the contracts (once, half a minute on an idle machine) ...",
      "freshet: compiled the contracts",
      "",
    ]);
    expect(existsSync(join(made.root, "install.log"))).to.equal(false);
    const second = await made.run();
    expect(second.stderr).to.equal("");
    const { npm, builds } = await made.calls();
    expect(npm).to.have.length(1);
    expect(builds).to.deep.equal([join(made.root, "scripts/tools")]);
  });

  it("says its version without installing anything", async () => {
    const made = await installation();
    const version = "1.2.3-rc";
    await writeFile(join(made.root, "package.json"), JSON.stringify({ name: "freshet", version }, null, 2));
    for (const word of ["--version", "-V"]) {
      expect(await made.run({ words: [word] })).to.deep.include({
        code: 0,
        stdout: `${version}\n`,
        stderr: "",
      });
    }
    expect((await made.calls()).npm).to.deep.equal([]);
  });

  it("works through links: npm install -g, a link beside it, a link to a link", async () => {
    const made = await installation();
    const parent = dirname(made.root);
    await mkdir(join(parent, "prefix/bin"), { recursive: true });
    await mkdir(join(parent, "prefix/lib/node_modules"), { recursive: true });
    await symlink("../../../freshet", join(parent, "prefix/lib/node_modules/freshet"));
    await symlink("../lib/node_modules/freshet/freshet", join(parent, "prefix/bin/freshet"));
    await symlink(join(made.root, "freshet"), join(parent, "absolute"));
    await symlink("absolute", join(parent, "twice"));
    const ways = [
      { by: join(parent, "prefix/bin/freshet") },
      { by: join(parent, "absolute") },
      { by: "./twice", cwd: parent },
    ];
    for (const way of ways) {
      const run = await made.run(way);
      expect(run.code, run.stderr).to.equal(0);
      expect(said(run).file).to.equal(join(made.root, "scripts/freshet.ts"));
      expect(said(run).cwd).to.equal(way.cwd ?? tmpdir());
    }
    expect((await made.calls()).npm).to.have.length(1);
  });

  it("works in directories with any name", async () => {
    const names = ["a b", "#1", "50%20", "what?", "Größe 温度", "it's $HOME `x` *", "-n:"];
    await Promise.all(
      names.map(async (name) => {
        const made = await installation(name);
        const run = await made.run();
        expect(run.code, name + run.stderr).to.equal(0);
        expect(said(run).file).to.equal(join(made.root, "scripts/freshet.ts"));
      }),
    );
  });

  it("installs all packages, whatever npm leaves out for this user", async () => {
    const made = await installation();
    const run = await made.run({
      env: { NODE_ENV: "production", npm_config_omit: "dev", npm_config_global: "true" },
    });
    expect(run.code, run.stderr).to.equal(0);
    expect(existsSync(join(made.root, "node_modules/typescript"))).to.equal(true);
    const { npm } = await made.calls();
    expect(npm[0]).to.match(/^ci --global=false --include=dev --include=optional /);
  });

  it("takes what is installed already when it is complete", async () => {
    const made = await installation();
    await copyTree(join(made.fake, "all"), join(made.root, "node_modules"));
    expect((await made.run()).code).to.equal(0);
    expect((await made.calls()).npm).to.deep.equal([]);
  });

  it("installs anew what was left half installed", async () => {
    // npm was killed; and packages without those of developers were installed by hand.
    for (const [kind, gone] of [
      ["all", ".package-lock.json"],
      ["production", "none"],
      ["all", "hardhat/package.json"],
    ] as const) {
      const made = await installation();
      await copyTree(join(made.fake, kind), join(made.root, "node_modules"));
      await rm(join(made.root, "node_modules", gone), { force: true });
      const run = await made.run();
      expect(run.code, run.stderr).to.equal(0);
      expect((await made.calls()).npm, gone).to.have.length(1);
    }
  });

  it("takes nothing for installed that is not, though npm says it is done", async () => {
    const made = await installation();
    await made.break("left-out", "typescript");
    const run = await made.run();
    expect(run.code).to.equal(2);
    expect(run.stdout).to.equal("");
    expect(run.stderr).to.contain("The packages are not completely installed.");
    expect(run.stderr).to.contain("why:  Not installed: typescript 1.0.0.");
    expect(made.isStamped("installed")).to.equal(false);
    await made.break("left-out", undefined);
    expect((await made.run()).code).to.equal(0);
  });

  it("tells of packages that do not run here", async () => {
    const made = await installation();
    const addon = "throw new Error('/x.node: invalid ELF header');";
    await writeFile(join(made.fake, "all/@nomicfoundation/edr/index.js"), addon);
    const run = await made.run();
    expect(run.code).to.equal(2);
    expect(run.stderr).to.contain(
      "@nomicfoundation/edr does not run here: Error: /x.node: invalid ELF header",
    );
    expect(made.isStamped("installed")).to.equal(false);
  });

  it("goes on where it failed to compile, without installing again", async () => {
    const made = await installation();
    await made.break("no-compiler", "");
    const run = await made.run();
    expect(run.code).to.equal(2);
    expect(run.stderr).to.contain(
      "The contracts could not be compiled.\n  why:  HHE1: it does not compile\n",
    );
    expect(await readFile(join(made.root, "install.log"), "utf8")).to.contain("HHE1");
    expect([made.isStamped("installed"), made.isStamped("compiled")]).to.deep.equal([true, false]);
    await made.break("no-compiler", undefined);
    expect((await made.run()).code).to.equal(0);
    expect((await made.calls()).npm).to.have.length(1);
  });

  it("installs in one process at a time", async () => {
    const made = await installation();
    const runs = await Promise.all([1, 2, 3].map(() => made.run({ env: { NPM_SECONDS: "3" } })));
    for (const { code, stderr } of runs) expect(code, stderr).to.equal(0);
    const { npm, builds } = await made.calls();
    expect(npm).to.have.length(1);
    expect(builds).to.have.length(1);
    expect(
      runs.filter(({ stderr }) => stderr.includes("waiting for another Freshet that installs")),
    ).to.have.length(2);
  });

  it("takes over from one that was killed, and not from one that lives", async () => {
    const made = await installation();
    const lock = join(made.root, ".installing");
    const machine = await output("uname", ["-n"]);
    await mkdir(lock);
    // The launcher is gone, its npm too; no process has the largest number.
    await writeFile(join(lock, "holder"), `${machine} 4194304 4194304\n`);
    expect((await made.run()).code).to.equal(0);
    expect(existsSync(lock)).to.equal(false);

    const other = await installation();
    await mkdir(join(other.root, ".installing"));
    await writeFile(join(other.root, ".installing/holder"), `${machine} 4194304 ${process.pid}\n`);
    const waiting = other.run();
    const first = await Promise.race([
      waiting,
      new Promise((resolve) => setTimeout(resolve, 1500, "waiting")),
    ]);
    expect(first).to.equal("waiting");
    await rm(join(other.root, ".installing"), { recursive: true });
    expect((await waiting).code).to.equal(0);
  });

  it("stops npm when it is stopped, and begins again at the next start", async () => {
    const made = await installation();
    const run = await made.run({
      env: { NPM_SECONDS: "2" },
      started: (child) => child.stderr!.once("data", () => setTimeout(() => child.kill("SIGTERM"), 300)),
    });
    expect(run.code).to.equal(130);
    expect(run.stderr).to.match(
      / \.\.\.\nfreshet: stopped; what is missing is installed at the next start\n$/,
    );
    expect(existsSync(join(made.root, ".installing"))).to.equal(false);
    expect(existsSync(join(made.root, "node_modules"))).to.equal(false);
    expect((await made.run()).code).to.equal(0);
  });

  const failures: [what: string, npm: string, env: NodeJS.ProcessEnv, said: RegExp][] = [
    [
      "offline",
      "npm error code ENOTFOUND\nnpm error network request to https://registry.example/ethers failed",
      {},
      /https:\/\/registry\.example\/ could not be reached \(ENOTFOUND\)\.\n {2}why: {2}This machine is offline, or has to go through a proxy\.\n {2}next: Connect it, set HTTPS_PROXY=/,
    ],
    [
      "behind a proxy that does not answer",
      "npm ERR! code ECONNREFUSED",
      { HTTPS_PROXY: "http://proxy.example:3128" },
      /why: {2}npm was to go through the proxy http:\/\/proxy\.example:3128\.\n {2}next: See that the proxy answers/,
    ],
    [
      "behind a proxy that wants a name",
      "npm error code E407",
      {},
      /proxy wants to know who you are[\s\S]*NAME:PASSWORD/,
    ],
    [
      "behind a proxy that opens TLS",
      "npm error code SELF_SIGNED_CERT_IN_CHAIN",
      {},
      /certificate of .* is not trusted[\s\S]*NODE_EXTRA_CA_CERTS=/,
    ],
    [
      "with a package for another platform",
      "npm error code EBADPLATFORM",
      {},
      /not for this platform[\s\S]*git checkout/,
    ],
    [
      "with a lock file that was changed",
      "npm error code EUSAGE",
      {},
      /does not fit package\.json[\s\S]*git checkout/,
    ],
    ["with a full disk", "npm error code ENOSPC", {}, /the disk is full/],
    [
      "with anything else",
      "npm error code EWHATEVER\nnpm error it broke",
      {},
      /npm failed \(EWHATEVER\)[\s\S]*it broke/,
    ],
  ];
  it("says in plain words why npm failed", async () => {
    await Promise.all(
      failures.map(async ([what, npm, env, words]) => {
        const made = await installation();
        await made.break("npm-says", `${npm}\n`);
        const run = await made.run({ env });
        expect(run.code, what).to.equal(2);
        expect(run.stderr, what).to.match(words);
        expect(run.stderr).to.contain("The packages could not be installed");
        expect(await readFile(join(made.root, "install.log"), "utf8")).to.equal(`${npm}\n`);
        expect(existsSync(join(made.root, ".installing"))).to.equal(false);
      }),
    );
  });

  it("brings a newer Node.js where there is an old one", async () => {
    const made = await installation();
    const old = join(made.fake, "bin/node");
    await writeFile(old, '#!/bin/sh\n[ "$1" = --version ] && echo v20.1.0\n');
    await chmod(old, 0o755);
    // Offline, npm leaves optional packages out and says that all is well.
    const offline = await made.run();
    expect(offline.code).to.equal(2);
    expect(offline.stderr).to.contain("Node.js could not be brought.\n  why:  npm's registry did not answer");
    for (const platform of ["linux-x64", "linux-arm64"]) {
      const bin = join(made.fake, "node", `node-${platform}`, "bin");
      await mkdir(bin, { recursive: true });
      await symlink(process.execPath, join(bin, "node"));
    }
    await writeFile(join(made.fake, "node/.package-lock.json"), "{}");
    const run = await made.run();
    expect(run.code, run.stderr).to.equal(0);
    expect(run.stderr).to.contain(
      "bringing Node.js, as the one here (v20.1.0) is too old (some 190 MB, once) ...",
    );
    expect(run.stderr).to.contain(`brought Node.js ${process.version}\n`);
    expect((await made.calls()).npm).to.have.length(3);

    // Cut short by a full disk or a power cut, it crashes; npm's note says that all is there.
    const modules = join(made.root, "tools/node/node_modules");
    for (const platform of ["linux-x64", "linux-arm64"]) {
      const cut = join(modules, `node-${platform}/bin/node`);
      await rm(cut);
      await writeFile(cut, "#!/bin/sh\nkill -s SEGV $$\n");
      await chmod(cut, 0o755);
    }
    const again = await made.run();
    expect(again.code, again.stderr).to.equal(0);
    expect(again.stderr).to.contain("bringing Node.js").and.not.to.contain("Segmentation");
    expect((await made.calls()).npm).to.have.length(4);
  });

  it("says once and for all that the Node.js that is brought does not run here", async () => {
    const made = await installation();
    await writeFile(join(made.fake, "bin/node"), '#!/bin/sh\n[ "$1" = --version ] && echo v20.1.0\n');
    await chmod(join(made.fake, "bin/node"), 0o755);
    for (const platform of ["linux-x64", "linux-arm64"]) {
      const bin = join(made.fake, "node", `node-${platform}`, "bin");
      await mkdir(bin, { recursive: true });
      await writeFile(join(bin, "node"), "#!/bin/sh\nexit 127\n");
      await chmod(join(bin, "node"), 0o755);
    }
    await writeFile(join(made.fake, "node/.package-lock.json"), "{}");
    for (const _ of ["brought", "known"]) {
      const run = await made.run();
      expect(run.code).to.equal(2);
      expect(run.stderr).to.contain("The Node.js that was brought does not run here.");
      expect((await made.calls()).npm).to.have.length(1);
    }
  });

  it("touches nothing of another project in which there is a link to it", async () => {
    const made = await installation();
    const project = join(dirname(made.root), "project");
    await mkdir(join(project, "node_modules/kept"), { recursive: true });
    await writeFile(join(project, "package.json"), "{}");
    await writeFile(join(project, "package-lock.json"), "{}");
    await writeFile(join(project, "node_modules/kept/index.js"), "");
    await symlink(join(made.root, "freshet"), join(project, "freshet"));
    const run = await made.run({ by: join(project, "freshet"), cwd: project });
    expect(run.code, run.stderr).to.equal(0);
    const { npm } = await made.calls();
    expect(npm).to.have.length(1);
    expect(npm[0]).to.match(new RegExp(`--prefix ${made.root}$`));
    expect(await readdir(project)).to.have.members([
      "freshet",
      "node_modules",
      "package-lock.json",
      "package.json",
    ]);
    expect(await readdir(join(project, "node_modules"))).to.deep.equal(["kept"]);
  });

  it("says where it cannot run: in a copy that npm packed, and below a backslash", async () => {
    const made = await installation("node_modules");
    const packed = await made.run();
    expect(packed.code).to.equal(2);
    expect(packed.stderr).to.contain("Node.js runs no TypeScript inside of node_modules");
    const behind = await (await installation("a\\b")).run();
    expect(behind.code).to.equal(2);
    expect(behind.stderr).to.contain("from a path with a backslash");
    await rm(join(made.root, "package-lock.json"));
    const incomplete = await made.run();
    expect(incomplete.code).to.equal(2);
    expect(incomplete.stderr).to.contain("has no package-lock.json");
  });
});

async function copyTree(from: string, to: string): Promise<void> {
  await output("cp", ["-R", from, to]);
}

function output(program: string, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, (error, stdout) => (error === null ? resolve(stdout.trim()) : reject(error)));
  });
}
