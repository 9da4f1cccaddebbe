import { portableExp } from "../../../../numerics/portableExp.ts";
import { midPrice, vehicleUtility } from "../game/responses.ts";
import { WORTH } from "./Instance.ts";
import type { WorldState } from "./WorldState.ts";

/** Weight of an uplink at least. */
const LEAST_WEIGHT = 0.2;
/** Without the game a vehicle buys at most so much per s_v. */
const MOST_POSTED = 3;

/** Part 3 of a step: the game on the hosts as if every accepted request had moved. */
export function playGame(world: WorldState): void {
  const { instance, scratch, game } = world;
  const { vehicles, servers, parameters } = instance;
  const { worth, wouldBe } = scratch;
  for (let v = 0; v < vehicles; v++) {
    const stay = world.exitSeconds[v * servers + wouldBe[v]!]!;
    worth[v] =
      WORTH.least +
      (world.priority[v] === 0 ? WORTH.highClass : 0) +
      WORTH.leaving * portableExp(-stay / WORTH.leavingSeconds);
  }
  if (!parameters.game) {
    postPrices(world);
    return;
  }
  game.solve(worth, world.scale, wouldBe);
  world.theta.set(game.theta);
  world.wholesale.set(game.wholesale);
  world.serverUtility.set(game.serverUtility);
  for (let v = 0; v < vehicles; v++) {
    world.bought[v] = game.beta[v]!;
    world.utility[v] = game.vehicleUtility[v]! / world.scale[v]!;
    const weight = game.beta[v]! / world.scale[v]!;
    world.weight[v] = weight < LEAST_WEIGHT ? LEAST_WEIGHT : weight;
  }
}

/** Without the game: the mid price for all, equal shares. */
function postPrices(world: WorldState): void {
  const { instance, scratch } = world;
  const theta = midPrice(instance.parameters);
  const there = scratch.hosted;
  there.fill(0);
  for (let v = 0; v < instance.vehicles; v++) there[scratch.wouldBe[v]!]!++;
  world.theta.fill(theta);
  world.wholesale.fill(Number.NaN);
  world.weight.fill(1);
  world.serverUtility.fill(0);
  for (let v = 0; v < instance.vehicles; v++) {
    const m = scratch.wouldBe[v]!;
    const scale = world.scale[v]!;
    const beta = Math.min(instance.units[m]! / there[m]!, MOST_POSTED * scale);
    world.bought[v] = beta;
    world.utility[v] = vehicleUtility(scratch.worth[v]!, scale, theta, beta) / scale;
    world.serverUtility[m]! += (theta - instance.unitCost[m]!) * beta;
  }
}
