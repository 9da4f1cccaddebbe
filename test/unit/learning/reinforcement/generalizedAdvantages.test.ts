import { expect } from "chai";
import { generalizedAdvantages } from "../../../../learning/reinforcement/generalizedAdvantages.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

const COUNT = 3;
const STEPS = 6;

/** Σ (γλ)^k δ_{t+k}, straight from the definition, up to the end of the episode. */
function plainly(experience: Parameters<typeof generalizedAdvantages>[0], row: number): number {
  const { rewards, values, nextValues, terminated, truncated, discount, lambda } = experience;
  let sum = 0;
  let factor = 1;
  for (let at = row; at < rewards.length; at += COUNT) {
    sum += factor * (rewards[at]! + discount * (terminated[at] ? 0 : nextValues[at]!) - values[at]!);
    factor *= discount * lambda;
    if (terminated[at] || truncated[at]) break;
  }
  return sum;
}

describe("generalizedAdvantages", () => {
  const random = new SeededRandom(2, "advantages");
  const draws = () => Float64Array.from({ length: COUNT * STEPS }, () => random.uniform());
  const flags = () => Uint8Array.from({ length: COUNT * STEPS }, () => (random.uniform() < 0.2 ? 1 : 0));

  for (const [discount, lambda] of [
    [0.95, 0.9],
    [1, 1],
    [0.9, 0],
    [0, 0.95],
  ] as const) {
    it(`is the sum of its definition with γ = ${discount}, λ = ${lambda}`, () => {
      const experience = {
        ...{ count: COUNT, discount, lambda, rewards: draws(), values: draws(), nextValues: draws() },
        ...{ terminated: flags(), truncated: flags() },
      };
      const advantages = new Float64Array(COUNT * STEPS);
      generalizedAdvantages(experience, advantages);
      for (const [row, advantage] of advantages.entries()) {
        expect(advantage).to.be.closeTo(plainly(experience, row), 1e-12);
      }
    });
  }
});
