import {
  type DerivedGame,
  deriveGame,
} from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** What a draw of a game is asked for. */
export interface DrawOptions {
  users: number;
  providers: number;
  /** Budgets are divided by it. Default: from 0.3 to 4. */
  load?: number;
  /** Profits are multiplied by it. Default: 1. */
  profit?: number;
  /** Whether some MUs are the same as the one before. Default: no. */
  twins?: boolean;
}

/** A random game around the canonical one, wider in everything. */
export function drawGame(
  seed: number,
  { users, providers, load, profit = 1, twins = false }: DrawOptions,
): DerivedGame {
  const random = new SeededRandom(seed, "game");
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const scarcity = load ?? between(0.3, 4);
  const same = Array.from({ length: users }, (_, m) => twins && m > 0 && random.uniform() < 0.5);
  const perUser = (draw: () => number) => {
    const drawn = Float64Array.from({ length: users }, draw);
    for (let m = 1; m < users; m++) if (same[m]) drawn[m] = drawn[m - 1]!;
    return drawn;
  };
  const perPair = (draw: (n: number) => number) => {
    const drawn = Float64Array.from({ length: users * providers }, (_, at) => draw(at % providers));
    for (let m = 1; m < users; m++) {
      if (same[m]) drawn.copyWithin(m * providers, (m - 1) * providers, m * providers);
    }
    return drawn;
  };
  return deriveGame({
    users,
    providers,
    guidanceSeconds: between(20, 60),
    deadlineSeconds: Float64Array.from({ length: providers }, () => between(1, 3)),
    dataRate: perUser(() => between(5000, 30_000)),
    gigacyclesPerFloat: 4e-6,
    accuracy: perUser(() => between(0.2, 0.7)),
    potential: perPair(() => between(0.1, 0.9)),
    contributionScale: 5,
    dataWeight: 0.001,
    computationCost: perUser(() => between(0.5, 3)),
    bandwidthCost: perUser(() => between(2, 8)),
    uploadMegabits: perPair(() => between(0.05, 0.6)),
    signalToNoise: perPair(() => between(20, 200)),
    cpuGigahertz: perUser(() => between(3, 5) / scarcity),
    radioMegahertz: perUser(() => between(1, 4) / scarcity),
    serviceGigacycles: perUser(() => between(0, 0.6) / scarcity),
    serviceSeconds: perUser(() => between(0.5, 1.5)),
    profit: Float64Array.from({ length: providers }, () => profit * between(300, 600)),
  });
}

/** Prices around what rational MUs join from: some below, some far above. [M·N] */
export function drawPrices({ contribution, threshold }: DerivedGame, seed: number): Float64Array {
  const random = new SeededRandom(seed, "prices");
  return contribution.map((I, at) => {
    if (random.uniform() < 0.05) return 0;
    const u = threshold[at]! * 0.3 * 30 ** random.uniform();
    return (u * u) / I;
  });
}
