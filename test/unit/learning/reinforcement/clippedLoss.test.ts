import { expect } from "chai";
import { type ClippedLossInput, clippedLoss } from "../../../../learning/reinforcement/clippedLoss.ts";
import { normalDraw } from "../../../../numerics/normalDraw.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

const SIZE = 3;
const BUFFER = 40;

describe("PPO's clipped loss", () => {
  const random = new SeededRandom(11, "loss");
  const normals = (length: number) => Float64Array.from({ length }, () => normalDraw(random));
  const rows = Int32Array.from({ length: 24 }, () => random.integer(BUFFER));
  const means = normals(rows.length * SIZE).map((mean) => 0.3 * mean);
  const logDeviations = Float64Array.of(-0.7, -0.2, 0.1);
  const draws = normals(BUFFER * SIZE);
  // The odds that the rows had, off by up to a factor of 1.5 from those they have now: some are clipped.
  const logOdds = new Float64Array(BUFFER);
  for (const [index, row] of rows.entries()) {
    logOdds[row] = 0.8 * (random.uniform() - 0.5);
    for (let column = 0; column < SIZE; column++) {
      const noise =
        (draws[row * SIZE + column]! - means[index * SIZE + column]!) / Math.exp(logDeviations[column]!);
      logOdds[row]! -= 0.5 * noise * noise + logDeviations[column]! + 0.5 * Math.log(2 * Math.PI);
    }
  }
  const lossOf = (input: Partial<ClippedLossInput>) => {
    const given = { means, logDeviations, draws, logOdds, advantages, rows, ...input };
    const written = { byMean: new Float64Array(means.length), byLogDeviation: new Float64Array(SIZE) };
    const deviations = Float64Array.from(given.logDeviations as Float64Array, Math.exp);
    const config = { clip: 0.2, entropyBonus: 0.05 };
    return { ...clippedLoss({ ...given, deviations, config, ...written }), ...written };
  };
  const advantages = normals(BUFFER);

  it("has the gradient that finite differences have", () => {
    const { byMean, byLogDeviation } = lossOf({});
    const slope = (values: Float64Array, index: number, name: "means" | "logDeviations") => {
      const at = (step: number) =>
        lossOf({ [name]: values.map((value, other) => (other === index ? value + step : value)) }).loss;
      return (at(1e-6) - at(-1e-6)) / 2e-6;
    };
    for (const [index, found] of byMean.entries()) {
      expect(found, `mean ${index}`).to.be.closeTo(slope(means, index, "means"), 1e-7);
    }
    for (const [index, found] of byLogDeviation.entries()) {
      expect(found, `ln σ ${index}`).to.be.closeTo(slope(logDeviations, index, "logDeviations"), 1e-7);
    }
    // The clip was put to the test: some rows pull, some do not.
    const pulls = rows.reduce((sum, _, index) => sum + (byMean[index * SIZE] === 0 ? 0 : 1), 0);
    expect(pulls).to.be.within(4, rows.length - 4);
  });
});
