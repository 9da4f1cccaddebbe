import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BASE } from "./sweepBase.ts";

const PROGRAM = fileURLToPath(new URL("../../../../scripts/freshet.ts", import.meta.url));
const KILLS = 4;
/** Longest that a command is let live after its first line, milliseconds: the sweep takes several times as long. */
const MOST_LIFE = 5000;

describe("lab run that is killed", function () {
  this.timeout(1_200_000);

  let folder: string;
  const running = new Set<ChildProcess>();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "freshet-lab-"));
    const sweep = {
      name: "killed",
      base: { ...BASE, training: { ...BASE.training, maxSteps: 8 } },
      axes: [{ field: "partition.alpha", values: [0.1, 10] }],
      seeds: [1, 2, 3, 4, 5, 6],
    };
    await writeFile(join(folder, "sweep.json"), JSON.stringify(sweep));
  });
  after(async () => {
    for (const child of running) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  /** The command, its output so far, and its end. */
  function labRun(out: string, ...words: string[]) {
    const child = spawn(process.execPath, [
      PROGRAM,
      "lab",
      "run",
      join(folder, "sweep.json"),
      "--out",
      out,
      ...words,
    ]);
    running.add(child);
    const said = { text: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.text += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.errors += text));
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return { child, said, ended };
  }

  const filesOf = (out: string) =>
    Object.fromEntries(
      readdirSync(join(out, "runs"))
        .filter((name) => name.endsWith(".json"))
        .map((name) => [name, readFileSync(join(out, "runs", name), "utf8")]),
    );

  it("goes on where it was, whenever it was killed, to the same files as one that was not", async () => {
    const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
    const first = labRun(whole, "--jobs", "2", "--threads", "1", "--json");
    expect(await first.ended, first.said.errors).to.equal(0);
    const result = JSON.parse(first.said.text);
    expect(result).to.deep.include({ runs: 12, finished: 12, missing: 0, failed: [] });
    const random = new SeededRandom(1, "kill");
    const had: number[] = [];
    for (let kills = 0; kills < KILLS; kills++) {
      const { child, ended } = labRun(killed, "--jobs", "2", "--threads", "1");
      await Promise.race([once(child.stdout!, "data"), ended]);
      await Promise.race([sleep(random.uniform() * MOST_LIFE, undefined, { ref: false }), ended]);
      child.kill("SIGKILL");
      await ended;
      const files = Object.entries(filesOf(killed));
      for (const [name, text] of files) expect(text, name).to.equal(filesOf(whole)[name]);
      had.push(files.length);
    }
    expect(had).to.deep.equal(had.toSorted((a, b) => a - b));
    // On one process with two threads, to the end.
    const last = labRun(killed, "--jobs", "1", "--threads", "2");
    expect(await last.ended, last.said.errors).to.equal(0);
    const before = had.at(-1)!;
    if (before > 0) expect(last.said.text).to.include(`${before} of 12 runs are there already`);
    expect(last.said.text.match(/^✓ partition\.alpha/gm) ?? []).to.have.length(12 - before);
    expect(filesOf(killed)).to.deep.equal(filesOf(whole));
    for (const name of ["killed.tex", "killed.csv", "killed-1.svg"]) {
      expect(readFileSync(join(killed, name)), name).to.deep.equal(readFileSync(join(whole, name)));
    }
  });

  it("is refused a directory that another is at, stops when it is told, and goes on", async () => {
    const out = join(folder, "two");
    const { child, said, ended } = labRun(out, "--jobs", "1");
    await Promise.race([once(child.stdout!, "data"), ended]);
    const second = labRun(out, "--json");
    expect(await second.ended).not.to.equal(0);
    expect(JSON.parse(second.said.text)).to.include({ error: "SWEEP_IN_USE" });
    while (Object.keys(existsSync(join(out, "runs")) ? filesOf(out) : {}).length === 0) await sleep(50);
    child.kill("SIGINT");
    expect(await ended).to.equal(3);
    expect(said.text).to.include("to go: the same command goes on");
    const page = readFileSync(join(out, "killed.md"), "utf8");
    expect(page).to.include("**Not whole:**");
  });

  it("tells of runs that fail, and makes the others", async () => {
    const out = join(folder, "failing");
    const sweep = JSON.parse(readFileSync(join(folder, "sweep.json"), "utf8"));
    const axes = [{ field: "dataset", values: ["mnist", { kind: "fashion-mnist" }] }];
    await writeFile(join(folder, "sweep.json"), JSON.stringify({ ...sweep, axes, seeds: [1] }));
    const { said, ended } = labRun(out, "--data", join(folder, "nothing"), "--json");
    expect(await ended).to.equal(3);
    const result = JSON.parse(said.text);
    expect(result.finished).to.equal(1);
    expect(result.failed[0]).to.include({ code: "DATA_MISSING", seed: 1 });
    expect(said.errors).to.include("dataset fashion-mnist, seed 1:");
    expect(readFileSync(join(out, "killed.md"), "utf8")).to.include("**1 run failed**");
  });
});
