import { MigrationError } from "../MigrationError.ts";
import { CANDIDATES } from "../world/Observer.ts";
import type { World } from "../world/World.ts";

/**
 * Steps times vehicles times servers: no search takes more, which is some ten seconds. It takes as many steps as there
 * are joint sequences.
 */
const MOST_WORK = 5e6;

/** Constant actions of all vehicles, edges and clouds: [3] clock, access share, admission; [2] clock, admission. */
export interface ConstantActions {
  readonly quality: number;
  readonly edge: ArrayLike<number>;
  readonly cloud: ArrayLike<number>;
}

/** The best sum of objectives, and that of staying. */
export interface Clairvoyant {
  best: number;
  stay: number;
}

/**
 * The best sum of objectives over `horizon` steps from the world's present state, over all joint sequences of valid
 * candidates: the world is deterministic given its seed, so this bounds every policy with these constants. Leaves the
 * world as it was.
 *
 * @throws MigrationError `PARAM` when that takes more than {@link MOST_WORK}.
 */
export function clairvoyantBest(world: World, horizon: number, constants: ConstantActions): Clairvoyant {
  const { vehicles, servers, edges } = world.instance;
  const start = world.snapshot();
  const actions = {
    targets: new Int32Array(vehicles).fill(-1),
    quality: new Float64Array(vehicles).fill(constants.quality),
    servers: Float64Array.from({ length: 3 * servers }, (_, at) => {
      if (at < 3 * edges) return constants.edge[at % 3]!;
      return constants.cloud[at % 3 === 0 ? 0 : 1]!;
    }),
  };
  let stay = 0;
  for (let t = 0; t < horizon; t++) {
    world.step(actions);
    stay += world.objective;
  }
  world.restore(start);
  const most = MOST_WORK / (vehicles * servers);
  let steps = 0;
  let best = Number.NEGATIVE_INFINITY;
  const search = (t: number, sum: number): void => {
    if (t === horizon) {
      best = Math.max(best, sum);
      return;
    }
    const here = world.snapshot();
    const choices = Array.from({ length: vehicles }, (_, v) =>
      Array.from(world.observer.candidates.subarray(v * CANDIDATES, (v + 1) * CANDIDATES)).filter(
        (m) => m >= 0,
      ),
    );
    if (steps + choices.reduce((product, { length }) => product * length, 1) > most) refuse(most);
    const chosen = new Array<number>(vehicles).fill(0);
    for (;;) {
      if (++steps > most) refuse(most);
      for (let v = 0; v < vehicles; v++) actions.targets[v] = choices[v]![chosen[v]!]!;
      world.step(actions);
      search(t + 1, sum + world.objective);
      world.restore(here);
      // The next joint choice, as an odometer counts.
      let v = 0;
      while (v < vehicles && ++chosen[v]! === choices[v]!.length) chosen[v++] = 0;
      if (v === vehicles) return;
    }
  };
  search(0, 0);
  world.restore(start);
  return { best, stay };
}

function refuse(most: number): never {
  throw new MigrationError("PARAM", "horizon is too long for so many vehicles", {
    details: `The search takes more than ${Math.floor(most)} steps.`,
    next: "Take fewer vehicles or a shorter horizon.",
  });
}
