import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { KNOWN_RUNS } from "./federatedRuns.ts";

/** Longest that a process is let live after it has started, ms: rounds take a part of it. */
const MOST_LIFE = 4000;
const KILLS = 5;
const PROGRAM = join(import.meta.dirname, "federatedProcess.ts");

describe("federatedRounds in processes that are killed", function () {
  this.timeout(600_000);

  it("end with the known model, however often and whenever they were killed", async () => {
    const known = KNOWN_RUNS.find(({ name }) => name === "scaffold, int8")!;
    const directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
    const random = new SeededRandom(1, "kill");
    try {
      let last: string | undefined;
      for (let kills = 0; kills <= KILLS && last === undefined; kills++) {
        const child = spawn(process.execPath, [PROGRAM, known.name, directory]);
        const lines: string[] = [];
        const reader = createInterface({ input: child.stdout });
        reader.on("line", (line) => lines.push(line));
        const exited = once(child, "exit");
        await once(reader, "line");
        // The first ones soon, the last one not at all.
        const life = kills < KILLS ? random.uniform() * MOST_LIFE : 600_000;
        await Promise.race([exited, sleep(life, undefined, { ref: false })]);
        child.kill("SIGKILL");
        await exited;
        last = lines[1];
      }
      const played = JSON.parse(last!) as string[];
      expect(played).to.deep.equal(known.digests.slice(known.digests.length - played.length));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
