import { DEFAULT_PARAMETERS } from "../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import type { World } from "../../../../mechanisms/twin-migration/mathematics/world/World.ts";
import type { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** A world of random size: now and then without the game, unscaled, crowded, or on a map of other cells. */
export function drawnWorld(random: SeededRandom): World {
  const whole = (low: number, high: number) => low + Math.floor((high - low + 1) * random.uniform());
  const size = { vehicles: whole(1, 24), edges: whole(1, 9), clouds: whole(1, 3) };
  return gridWorld(size, {
    ...DEFAULT_PARAMETERS,
    game: random.uniform() < 0.8,
    scaled: random.uniform() < 0.8,
    cellMetres: 200 + 400 * random.uniform(),
    coverageMetres: 100 + 300 * random.uniform(),
    greatestTaskCycles: DEFAULT_PARAMETERS.leastTaskCycles * (1 + 6 * random.uniform()),
    graceSteps: whole(1, 6),
  });
}

/** Any actions, out of their bounds as well: servers that vehicles want their twins on, and real numbers. */
export function drawnActions({ instance }: World, random: SeededRandom) {
  const { vehicles, servers } = instance;
  const number = () => -0.2 + 1.4 * random.uniform();
  return {
    targets: Int32Array.from({ length: vehicles }, () =>
      random.uniform() < 0.5 ? -1 : Math.floor(random.uniform() * servers),
    ),
    quality: Float64Array.from({ length: vehicles }, number),
    servers: Float64Array.from({ length: 3 * servers }, number),
  };
}
