import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Line, Moment } from "./federatedProcess.ts";
import { KNOWN_RUNS } from "./federatedRuns.ts";

const PROGRAM = join(import.meta.dirname, "federatedProcess.ts");
/** Its clients have states, which a round must not leave half new. */
const KNOWN = KNOWN_RUNS.find(({ name }) => name === "scaffold, int8")!;

describe("federatedRounds in processes that are killed", function () {
  this.timeout(900_000);
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A process's life: all that it printed, and whether it was killed, by itself at a moment or by `watch`. */
  const live = async (moment?: Moment, watch?: (lines: readonly Line[], kill: () => void) => void) => {
    const told = moment === undefined ? [] : [JSON.stringify(moment)];
    const child = spawn(process.execPath, [PROGRAM, KNOWN.name, directory, ...told]);
    const lines: Line[] = [];
    const errors: string[] = [];
    child.stderr.on("data", (part) => errors.push(String(part)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(JSON.parse(line));
      watch?.(lines, () => child.kill("SIGKILL"));
    });
    const [code, signal] = await once(child, "close");
    if (signal !== "SIGKILL") expect(code, errors.join("")).to.equal(0);
    for (const { round, digest } of lines) {
      if (digest !== undefined) expect(digest, `round ${round}`).to.equal(KNOWN.digests[round]);
    }
    return { lines, isKilled: signal === "SIGKILL" };
  };

  it("go on from the last round that was saved, at whatever moment of a round they were killed", async () => {
    const clients = KNOWN.workers.length;
    for (const round of KNOWN.digests.keys()) {
      // The first client is done; some are; all are, and nothing is aggregated; the round is saved.
      for (const done of [1, Math.ceil(clients / 2), clients, "saved"] as const) {
        const { lines, isKilled } = await live({ round, done });
        expect(isKilled, `round ${round}, ${done}`).to.equal(true);
        expect(new Set(lines.map((line) => line.round)), `round ${round}, ${done}`).to.deep.equal(
          new Set([round]),
        );
        expect(lines.at(-1)).to.deep.include({ round, done });
      }
    }
    expect(await live()).to.deep.equal({ lines: [], isKilled: false });
  });

  it("end with the known model, however often they were killed from outside", async () => {
    const random = new SeededRandom(1, "kill");
    const played: number[] = [];
    let kills = 0;
    for (let isKilled = true; isKilled; ) {
      // Soon enough to be in the way of every round, often while files are written; sometimes not at all.
      const after = 1 + random.integer(10);
      const milliseconds = 10 * random.uniform();
      const life = await live(undefined, (lines, kill) => {
        if (kills < 10 && lines.length === after) void sleep(milliseconds).then(kill);
      });
      isKilled = life.isKilled;
      kills += Number(isKilled);
      for (const { round, done } of life.lines) if (done === "saved") played.push(round);
    }
    expect(kills).to.be.greaterThan(0);
    // A round that was killed when it was saved, but before it was told, is not played again.
    expect(played).to.deep.equal([...played].sort());
    expect(new Set(played).size).to.equal(played.length);
    expect(await live()).to.deep.equal({ lines: [], isKilled: false });
  });
});
