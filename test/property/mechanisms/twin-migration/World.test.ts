import { expect } from "chai";
import type { World } from "../../../../mechanisms/twin-migration/mathematics/world/World.ts";
import { CLASSES } from "../../../../mechanisms/twin-migration/mathematics/world/WorldState.ts";
import { allFinite } from "../../../../numerics/allFinite.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { tiered } from "../../../tier.ts";
import { drawnActions, drawnWorld } from "./worlds.ts";

const WORLDS = tiered(18, 300);
const STEPS = 40;
const ROUNDING = 1e-9;

/** Money of an episode, $. */
interface Account {
  paid: number;
  successes: number;
  pending: Map<number, number>;
  coldStarts: number;
}

function checkShares(world: World): void {
  const { instance, scratch } = world;
  const sum = new Float64Array(instance.servers);
  for (let v = 0; v < instance.vehicles; v++) {
    const twice = world.mode[v] === 1 ? 2 : 1;
    sum[scratch.accessBefore[v]!]! += world.weight[v]! * twice;
  }
  const shares = new Float64Array(instance.servers);
  for (let v = 0; v < instance.vehicles; v++) {
    const j = scratch.accessBefore[v]!;
    shares[j]! += (world.weight[v]! / sum[j]!) * (world.mode[v] === 1 ? 2 : 1);
    expect(world.weight[v]).to.be.at.least(0.2);
  }
  for (let j = 0; j < instance.edges; j++) {
    expect(world.accessShare[j]).to.be.within(0.4, 0.9);
    // Nobody, or the whole of what is for access and no more.
    if (sum[j]! > 0) expect(shares[j]).to.be.closeTo(1, ROUNDING);
  }
}

function checkQueues(world: World, before: Float64Array): void {
  const { instance, scratch, backlog, waits, capacity, used } = world;
  const { bufferSeconds, stepSeconds } = instance.parameters;
  for (let m = 0; m < instance.servers; m++) {
    const at = CLASSES * m;
    const left = backlog[at]! + backlog[at + 1]!;
    const came = scratch.came[at]! + scratch.came[at + 1]!;
    const done = used[m]! * capacity[m]! * stepSeconds;
    const had = before[at]! + before[at + 1]! + came;
    expect(backlog[at]).to.be.at.least(0);
    expect(backlog[at + 1]).to.be.at.least(0);
    expect(left).to.be.at.most(bufferSeconds * capacity[m]! * (1 + ROUNDING));
    expect(used[m]).to.be.within(0, 1 + ROUNDING);
    // What came is done, waits, or was dropped because the buffer is full.
    const dropped = had - done - left;
    expect(dropped).to.be.at.least(-ROUNDING * (1 + had));
    if (dropped > ROUNDING * (1 + had)) expect(left).to.be.closeTo(bufferSeconds * capacity[m]!, 1e-6 * left);
    expect(waits[at]).to.be.at.least(0);
    expect(waits[at + 1]! - waits[at]!).to.be.at.least(-ROUNDING);
  }
}

function checkAgents(world: World): void {
  const { instance, totals } = world;
  const { parameters } = instance;
  let moving = 0;
  for (let v = 0; v < instance.vehicles; v++) {
    expect(world.host[v]).to.be.within(0, instance.servers - 1);
    expect(world.access[v]).to.be.within(0, instance.edges - 1);
    expect(world.reliability[v]).to.be.within(0, 1);
    expect(world.experience[v]).to.be.within(0, 1);
    expect(world.quality[v]).to.be.within(parameters.leastQuality, 1);
    // With posted prices vehicles buy what they get, also at a loss.
    if (parameters.game) expect(world.utility[v]).to.be.at.least(0);
    expect(world.overdue[v]).to.be.below(parameters.graceSteps);
    expect(world.accepted[v]! + world.rejected[v]!).to.be.at.most(1);
    if (world.goingTo[v]! >= 0) moving++;
  }
  for (const price of world.theta) {
    expect(price).to.be.within(parameters.leastRetail - ROUNDING, parameters.greatestRetail + ROUNDING);
  }
  const failed = totals.attempts - totals.successes - moving;
  expect(failed).to.be.at.least(0);
  expect(totals.modes.reduce((a, b) => a + b)).to.equal(totals.attempts);
}

/** What vehicles paid is the price of what succeeded, of what is under way, and of cold starts. */
function book(world: World, account: Account): void {
  const { parameters, vehicles } = world.instance;
  for (let v = 0; v < vehicles; v++) {
    account.paid += world.cost[v]!;
    if (world.accepted[v] === 1) account.pending.set(v, world.migrationPrice[v]!);
    if (world.succeeded[v] === 1) account.successes += account.pending.get(v)!;
    if (world.succeeded[v] === 1 || world.failed[v] === 1) account.pending.delete(v);
    if (world.missed[v] === 1) account.coldStarts += parameters.greatestRetail * world.megabytes[v]!;
  }
  const underWay = [...account.pending.values()].reduce((a, b) => a + b, 0);
  const due = account.successes + underWay + account.coldStarts;
  expect(account.paid).to.be.closeTo(due, 1e-7 * (1 + due));
}

describe("Twin migration, properties: the environment", function () {
  this.timeout(200_000);

  it(`keeps shares, queues and money in order over ${WORLDS} random worlds and any actions`, () => {
    for (let seed = 0; seed < WORLDS; seed++) {
      const random = new SeededRandom(seed, "world");
      const world = drawnWorld(random);
      world.reset(seed);
      const account: Account = { paid: 0, successes: 0, pending: new Map(), coldStarts: 0 };
      try {
        for (let t = 0; t < STEPS; t++) {
          const backlog = world.backlog.slice();
          world.step(drawnActions(world, random));
          checkShares(world);
          checkQueues(world, backlog);
          checkAgents(world);
          book(world, account);
          const { vehicles, servers, pairs } = world.observer;
          expect(
            allFinite([...vehicles, ...servers, ...pairs, ...world.rewards, ...world.serverRewards]),
          ).to.equal(true);
        }
      } catch (error) {
        (error as Error).message = `seed ${seed}: ${(error as Error).message}`;
        throw error;
      }
    }
  });

  it("goes on from a snapshot as if nothing had happened", () => {
    for (let seed = 0; seed < WORLDS / 6; seed++) {
      const random = new SeededRandom(seed, "snapshot");
      const world = drawnWorld(random);
      world.reset(seed);
      for (let t = 0; t < 12; t++) world.step(drawnActions(world, random));
      const kept = world.snapshot();
      const actions = Array.from({ length: 10 }, () => drawnActions(world, random));
      const objectives = () =>
        actions.map((one) => {
          world.step(one);
          return [world.objective, ...world.observer.pairs, ...world.observer.vehicles];
        });
      const first = objectives();
      const totals = { ...world.totals, modes: [...world.totals.modes] };
      world.reset(seed + 1);
      world.restore(kept);
      expect(objectives(), `seed ${seed}`).to.deep.equal(first);
      expect(world.totals).to.deep.equal(totals);
    }
  });

  it("draws the same episode for the same seed, whatever was done to it", () => {
    const random = new SeededRandom(1, "same");
    const world = drawnWorld(random);
    const places = (act: boolean) => {
      world.reset(7);
      const idle = {
        targets: new Int32Array(world.instance.vehicles).fill(-1),
        quality: new Float64Array(world.instance.vehicles),
        servers: new Float64Array(3 * world.instance.servers),
      };
      return Array.from({ length: 30 }, () => {
        world.step(act ? drawnActions(world, random) : idle);
        return [...world.mobility.x, ...world.mobility.y, ...world.mobility.speed, ...world.cycles];
      });
    };
    expect(places(true)).to.deep.equal(places(false));
  });
});
