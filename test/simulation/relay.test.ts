import { expect } from "chai";
import { SEEDS_APART } from "../../simulation/inProcesses.ts";
import type { Plant } from "../../simulation/relay/plants.ts";
import { networkFor, runSchedule } from "../../simulation/relay/runSchedule.ts";
import { WRITES } from "../../simulation/relay/Schedule.ts";
import type { SimulatedNetwork } from "../../simulation/relay/SimulatedNetwork.ts";
import { simulateRelay } from "../../simulation/relay/simulateRelay.ts";
import { Trace } from "../../simulation/Trace.ts";
import { deepOnly, tiered } from "../tier.ts";

/** The deep tier tries five times as many as `freshet simulate relay` does by itself. */
const SCHEDULES = tiered(6, 1000);
/** In so many schedules every kind of fault has been there. */
const SCHEDULES_OF_ALL_FAULTS = 200;
const SEED = 1;
/** Schedules in which a planted bug must show itself, as `freshet simulate relay --plant` would find it. */
const SCHEDULES_TO_FIND_A_BUG = 60;

/** Where the quick tier begins to look: at a schedule that is known to find the bug soon. */
const FINDING: Partial<Record<Plant, number>> = { "delivered-when-sent": 20 };

/** Writes that come too seldom for a kill at each in every run. */
const RARE: readonly string[] = ["submissions.addVariant", "deliveries.note"];

describe("the relay under faults", function () {
  this.timeout(600_000);

  it(`loses and repeats nothing in ${SCHEDULES} schedules`, async () => {
    const result = await simulateRelay({ schedules: SCHEDULES, seed: SEED, processes: 2 }, () => undefined);
    expect(result.violated).to.deep.equal([]);
    expect(result.violations).to.equal(0);
    expect(result.schedules).to.equal(SCHEDULES);
    expect(result.messages).to.be.greaterThan(4 * SCHEDULES);
    if (SCHEDULES < SCHEDULES_OF_ALL_FAULTS) return;
    expect(Object.keys(result.faults)).to.include.members([
      "busy node",
      "concurrent relayers",
      "delayed answer",
      "duplicated request",
      "equivocation",
      "evicted transaction",
      "flood in large receipts",
      "flood of a stranger",
      "forgotten transaction",
      "halted block",
      "high base fee",
      "kill after eth_sendRawTransaction",
      "kill any moment",
      "kill before eth_sendRawTransaction",
      "kill during eth_sendRawTransaction",
      "lagging node",
      "lost for ever: validator",
      "lost answer",
      "lost request",
      "message hidden in a large receipt",
      "missing log",
      "node on a replaced branch",
      "reordered answer",
      "reorganization beyond the rule",
      "reorganization of depth 1",
      "reorganization of depth 2",
      "reorganization of depth 3",
      "reorganization of depth 4",
      "silent validator",
      "slow validator",
      "truncated logs",
      "validator down",
    ]);
    // And a kill before and after everything that is persisted.
    for (const kind of ["validator", "relayer"] as const) {
      for (const write of WRITES[kind]) {
        if (RARE.includes(write)) continue;
        const kills = [`kill before ${kind}.${write}`, `kill after ${kind}.${write}`];
        expect(Object.keys(result.faults)).to.include.members(kills);
      }
    }
  });

  const bugs: Record<Plant, RegExp> = {
    "cursor-first": /does not know message/,
    "delivered-when-sent": /says wrongly that message \d+ of \w+ was delivered/,
    "one-lane": /was not delivered in time/,
    "wait-for-all": /was not delivered in time/,
    "never-announced": /was not delivered/,
    "no-replay-check": /was delivered twice/,
  };
  for (const [plant, symptom] of Object.entries(bugs) as [Plant, RegExp][]) {
    // Their schedules flood chains with messages that take long to prove.
    const takesLong = plant === "never-announced" || plant === "one-lane";
    (takesLong ? deepOnly : it)(`finds a planted bug: ${plant}`, async () => {
      const network = await networkFor(plant);
      for (let i = tiered(FINDING[plant] ?? 0, 0); i < SCHEDULES_TO_FIND_A_BUG; i++) {
        const { violations } = await runSchedule(SEED * SEEDS_APART + i, { network, plant });
        if (violations.some((violation) => symptom.test(violation))) return;
        expect(violations).to.deep.equal([]);
      }
      expect.fail(`${SCHEDULES_TO_FIND_A_BUG} schedules did not find it`);
    });
  }

  describe("is the same every time", () => {
    let network: SimulatedNetwork;

    before(async () => {
      network = await networkFor(undefined);
    });

    async function run(seed: number) {
      const trace = new Trace();
      const result = await runSchedule(seed, { network, trace });
      return { ...result, digest: trace.digest(), lines: trace.lines };
    }

    it("whatever ran before", async () => {
      const first = await run(11);
      const other = await run(12);
      expect(await run(11)).to.deep.equal(first);
      expect(other.digest).to.not.equal(first.digest);
      expect(first.lines).to.be.greaterThan(1000);
    });

    it("on other chains, and without a trace", async () => {
      const first = await run(13);
      const again = await runSchedule(13, { network: await networkFor(undefined) });
      expect({ ...again, digest: first.digest, lines: first.lines }).to.deep.equal(first);
      network = await networkFor(undefined);
      expect(await run(13)).to.deep.equal(first);
    });

    deepOnly("however many processes share the work", async () => {
      const options = { schedules: 4, seed: 7 };
      const alone = await simulateRelay({ ...options, processes: 1 }, () => undefined);
      expect(await simulateRelay({ ...options, processes: 2 }, () => undefined)).to.deep.equal(alone);
    });
  });
});
