import type {
  BoxEnvironment,
  ByAgent,
  Step,
} from "../../../../learning/reinforcement/environments/ParallelEnvironment.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

const AGENTS = ["first", "second"] as const;
/** Steps until an episode is cut off. */
const LENGTH = 10;

/**
 * Two agents that do not touch each other. Each sees a number c in [1, 2] and earns
 * 1 − |action − target|², where the target is (c/4, 1 − c/4), in the other order for the second.
 */
export class ContextGame implements BoxEnvironment {
  readonly agents = AGENTS;
  readonly stateSize = 2;
  readonly #state = new Float64Array(2);
  #seed = 0;
  #time = 0;

  observationSize(): number {
    return 1;
  }

  actionSpace(): { size: number; low: number; high: number } {
    return { size: 2, low: 0, high: 1 };
  }

  reset(seed: number): ByAgent<Float64Array> {
    this.#seed = seed;
    this.#time = 0;
    return this.#observe();
  }

  step(actions: ByAgent<Float64Array>): Step<Float64Array> {
    const rewards = Object.fromEntries(
      AGENTS.map((agent, index) => {
        const [high, low] = ContextGame.best(agent, this.#state[index]!);
        const [x, y] = actions[agent]!;
        return [agent, 1 - (x! - high!) ** 2 - (y! - low!) ** 2];
      }),
    );
    this.#time++;
    const over = this.#time === LENGTH;
    return {
      observations: this.#observe(),
      rewards,
      terminations: { first: false, second: false },
      truncations: { first: over, second: over },
    };
  }

  state(): Float64Array {
    return this.#state;
  }

  snapshot(): Float64Array {
    return Float64Array.of(this.#seed, this.#time);
  }

  restore([seed, time]: Float64Array): void {
    this.#seed = seed!;
    this.#time = time!;
    this.#observe();
  }

  /** The action that earns 1. */
  static best(agent: string, seen: number): readonly number[] {
    const best = [seen / 4, 1 - seen / 4];
    return agent === "first" ? best : best.reverse();
  }

  #observe(): ByAgent<Float64Array> {
    const random = new SeededRandom(this.#seed, "context", this.#time);
    for (let index = 0; index < AGENTS.length; index++) this.#state[index] = 1 + random.uniform();
    return { first: this.#state.slice(0, 1), second: this.#state.slice(1, 2) };
  }
}
