import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";

const LAUNCHER = fileURLToPath(new URL("../../freshet", import.meta.url));
const TRACE = fileURLToPath(new URL("../../../shared/data/sumo-bologna", import.meta.url));

interface Told {
  moves: {
    vehicle: string;
    from?: string;
    to: string;
    why: string;
    ended?: { outcome: string; crossed: boolean };
  }[];
  attempts: number;
  successes: number;
  crossed: number;
  synchronizations: number;
  messages: { sent: number; delivered: number };
  audit: { ok: boolean; checks: { name: string; examined: number; outcome: string; failure?: string }[] };
}

describe("the demo of the market of twins", function () {
  this.timeout(900_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-twins-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const demonstrated = async (...more: string[]): Promise<Told> => {
    const words = ["demo", "--mechanism", "twin-migration", "--json", "--base-port", "9790"];
    const map = join(directory, "map.png");
    const { stdout } = await promisify(execFile)(LAUNCHER, [...words, "--map", map, ...more], {
      maxBuffer: 2 ** 26,
    });
    expect(await readFile(map.replace(".png", ".svg"), "utf8")).match(/^<svg /);
    return JSON.parse(stdout) as Told;
  };
  const requireWhole = ({ moves, audit, messages, synchronizations }: Told) => {
    expect(audit.ok, JSON.stringify(audit.checks.filter(({ outcome }) => outcome !== "holds"))).equal(true);
    for (const { name, examined } of audit.checks) expect(examined, name).above(0);
    expect(messages.sent).equal(messages.delivered);
    expect(synchronizations).above(10);
    expect(moves.every(({ why }) => why !== "")).equal(true);
  };

  it("has ten vehicles move their twins between four edge servers and two clouds, each a process", async () => {
    const told = await demonstrated("--seed", "1");
    requireWhole(told);
    expect(new Set(told.moves.map(({ vehicle }) => vehicle)).size).equal(10);
    expect(told.attempts).above(3);
    expect(told.crossed).above(0);
  });

  it("replays a town's trace", async function () {
    if (!existsSync(TRACE)) {
      console.log(`      skipped: ${TRACE} is not there`);
      this.skip();
    }
    requireWhole(await demonstrated("--trace", TRACE));
  });
});
