import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));

/** What is looked at of answers. */
interface Answer {
  readonly curve: readonly object[];
  readonly episodes: readonly object[];
  readonly size: object;
  readonly means: { readonly reward: number };
  readonly error: string;
  readonly message: string;
}

/** Runs `freshet migration …` with --json. */
function migration(...words: string[]): Promise<{ code: number; answer: Answer }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, "migration", ...words, "--json"], (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), answer: JSON.parse(stdout) }),
    );
  });
}

describe("freshet migration train and run", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "freshet-policies-"));
  after(() => rmSync(folder, { recursive: true }));
  const small = ["--vehicles", "5", "--edges", "4", "--clouds", "2", "--config", '{"T": 10}'];

  it("trains, goes on from a checkpoint to the same policy, and runs it at another size", async () => {
    const files = ["whole", "broken"].map((name) => join(folder, `${name}.safetensors`)) as [string, string];
    const checkpoint = join(folder, "checkpoint.safetensors");
    const train = ["train", ...small, "--warm", "--episodes", "22"];
    const whole = await migration(...train, "--out", files[0], "--checkpoint", checkpoint);
    expect(whole.code).to.equal(0);
    expect(whole.answer.curve).to.have.length(22);
    // The checkpoint is of the end: going on from it writes the policy again.
    const again = await migration(...train, "--out", files[1], "--checkpoint", checkpoint, "--resume");
    expect(again.answer.curve).to.have.length(0);
    expect(readFileSync(files[1]).equals(readFileSync(files[0]))).to.equal(true);

    const svg = join(folder, "maps", "of it", "map.svg");
    const large = ["--vehicles", "12", "--edges", "6", "--clouds", "3", "--config", '{"T": 10}'];
    const { answer } = await migration("run", files[0], ...large, "--count", "3", "--svg", svg);
    expect(answer.episodes).to.have.length(3);
    expect(answer.size).to.deep.equal({ vehicles: 12, edges: 6, clouds: 3 });
    expect(answer.means).to.include.keys("reward", "components", "latency", "successRate", "cost");
    expect(readFileSync(svg, "utf8")).to.match(/^<svg/);
  });

  it("runs rules, whose means are the benchmark's", async () => {
    const { code, answer } = await migration("run", "greedy-hysteresis");
    expect(code).to.equal(0);
    expect(answer.means.reward).to.be.closeTo(27.625808106882545, 1e-9);
  });

  it("runs a policy at a default that it was not learned at", async () => {
    const file = join(folder, "short.safetensors");
    await migration("train", ...small, "--episodes", "1", "--out", file);
    const size = small.slice(0, 6);
    const [as, usual] = await Promise.all([
      migration("run", file, ...size, "--count", "1"),
      migration("run", file, ...size, "--count", "1", "--config", '{"T": 100}'),
    ]);
    // The reward is a sum over steps: 10 as it was learned, 100 by default.
    const [short, whole] = [as, usual].map(({ answer }) => Math.abs(answer.means.reward));
    expect(whole).to.be.above(4 * short!);
  });

  it("says what is wrong with what it was given", async () => {
    const wrong = [
      [["train", "--learner", "dqn"], "OPTION_INVALID"],
      [["train", "--learner", "madqn", "--warm"], "OPTION_INVALID"],
      [["train", "--episodes", "0"], "OPTION_INVALID"],
      [["train", "--config", "{"], "OPTION_INVALID"],
      [["train", "--resume"], "OPTION_INVALID"],
      [["run", join(folder, "nothing")], "POLICY_MISSING"],
      [["run", "cloud", "--trace", "nowhere"], "TRACE_MISSING"],
      [["run", "cloud", "--count", "1", "--svg", folder], "OPTION_INVALID"],
      [["run", "cloud", "--count", "1", "--svg", join(ENTRY, "map.svg")], "DIRECTORY_UNUSABLE"],
    ] as const;
    for (const [words, error] of wrong) {
      const { code, answer } = await migration(...words);
      expect([code, answer.error], words.join(" ")).to.deep.equal([2, error]);
    }
    const nowhere = await migration("run", "cloud", "--trace", "eua");
    expect(nowhere.answer.message).to.match(/ in data\./);
    expect(existsSync("results/twin-migration/policies/dqn")).to.equal(false);
  });
});
