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
import { GROUPS, MECHANISMS } from "../../simulation/laboratory/smallLaboratory.ts";
import { BASE } from "./sweepBase.ts";

const PROGRAM = fileURLToPath(new URL("../../../../scripts/freshet.ts", import.meta.url));
/** Least that a run of each kind is killed while it has a checkpoint. */
const KILLS = 4;

/** One run each, of several seconds, whose rounds follow from what the rounds before left of its clients. */
const SWEEPS = {
  learning: {
    kind: "learning",
    base: {
      ...BASE,
      ...{ clients: 20, rounds: 60, evaluateEvery: 7, sampling: { kind: "loss", clients: 8 } },
      ...{ strategy: { kind: "scaffold", workers: 20 }, training: { ...BASE.training, maxSteps: 8 } },
    },
  },
  laboratory: {
    kind: "laboratory",
    base: {
      ...{ dataset: "mnist", trainingSamples: 2000, heldOutSamples: 500, drift: 0.5 },
      model: { kind: "mlp", inputs: 784, hidden: [16], outputs: 10 },
      training: { batchSize: 10, learningRate: 0.1, samplesPerRound: 40 },
      ...{ rounds: 60, schedule: { epochSeconds: 3600, commitSeconds: 50 } },
      ...{ clients: 12, sampling: { kind: "freshness", clients: 9 } },
      population: {
        groups: ["honest", "copy", { kind: "drop-out", probability: 0.3 }].map((behaviour, i) => ({
          ...GROUPS[2]!,
          ...{ name: `group-${i}`, behaviour },
        })),
      },
      mechanism: MECHANISMS["model-trading"],
    },
  },
} as const;

describe("a run that is killed", function () {
  this.timeout(1_200_000);

  let folder: string;
  const running = new Set<ChildProcess>();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "freshet-run-"));
  });
  after(async () => {
    for (const child of running) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  /** The command, its output so far, and its end. */
  function labRun(sweep: string, out: string, ...words: string[]) {
    const child = spawn(process.execPath, [PROGRAM, "lab", "run", sweep, "--out", out, ...words]);
    running.add(child);
    const said = { text: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (said.text += text));
    }
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return { child, said, ended };
  }

  for (const [kind, sweep] of Object.entries(SWEEPS)) {
    it(`goes on in the middle, to the same bytes: ${kind}`, async () => {
      const [file, whole, killed] = [`${kind}.json`, `${kind}-whole`, `${kind}-killed`].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await writeFile(file, JSON.stringify({ name: "killed", seeds: [7], ...sweep }));
      const first = labRun(file, whole, "--threads", "1");
      expect(await first.ended, first.said.text).to.equal(0);
      const [name] = readdirSync(join(whole, "runs"));
      // Nobody waited half a minute: it was never saved.
      expect(existsSync(join(whole, "checkpoints"))).to.equal(false);

      const path = join(killed, "checkpoints", name!.replace(".json", ""), "checkpoint.json");
      const nextOf = () => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).content.next : 0);
      const random = new SeededRandom(1, "kill", kind);
      let resumed = 0;
      for (let kills = 0; kills < KILLS; kills++) {
        const { child, said, ended } = labRun(file, killed, "--threads", "2", "--checkpoint", "0");
        const before: number = nextOf();
        // Some rounds further, then at any moment of the next.
        const until = before + 3 + random.integer(7);
        while (nextOf() < until && child.exitCode === null) await sleep(5);
        await sleep(60 * random.uniform());
        child.kill("SIGKILL");
        await ended;
        expect(existsSync(join(killed, "runs", name!)), "it was to be killed within the run").to.equal(false);
        resumed += Number(said.text.includes("goes on at"));
        if (before > 0)
          expect(said.text).to.include(`seed 7 goes on at ${Math.floor((100 * before) / 60)} %`);
      }
      expect(resumed).to.equal(KILLS - 1);
      const last = labRun(file, killed, "--threads", "1", "--checkpoint", "0");
      expect(await last.ended, last.said.text).to.equal(0);
      expect(last.said.text).to.include("goes on at");
      expect(readFileSync(join(killed, "runs", name!))).to.deep.equal(
        readFileSync(join(whole, "runs", name!)),
      );
      for (const made of ["killed.md", "killed.csv", "killed.tex", "killed-1.svg"]) {
        const [a, b] = [killed, whole].map((out) => readFileSync(join(out, made), "utf8").split("\n"));
        expect(a!.filter((line) => !line.startsWith("Made by"))).to.deep.equal(
          b!.filter((line) => !line.startsWith("Made by")),
        );
      }
      // The run is over: nothing is left of its checkpoint.
      expect(existsSync(join(killed, "checkpoints"))).to.equal(false);
    });
  }

  it("starts anew where its checkpoint was damaged, to the same bytes", async () => {
    const [file, out] = [join(folder, "learning.json"), join(folder, "damaged")];
    const { child, ended } = labRun(file, out, "--checkpoint", "0");
    const [name] = readdirSync(join(folder, "learning-whole", "runs"));
    const path = join(out, "checkpoints", name!.replace(".json", ""), "checkpoint.json");
    while (!existsSync(path) && child.exitCode === null) await sleep(5);
    child.kill("SIGKILL");
    await ended;
    await writeFile(path, readFileSync(path).subarray(0, 200));
    const again = labRun(file, out);
    expect(await again.ended, again.said.text).to.equal(0);
    expect(again.said.text).not.to.include("goes on at");
    expect(readFileSync(join(out, "runs", name!))).to.deep.equal(
      readFileSync(join(folder, "learning-whole", "runs", name!)),
    );
  });
});
