import { expect } from "chai";
import { mapInLanes } from "../../../../experiments/mechanisms/mapInLanes.ts";
import { valueAt } from "../../../../experiments/mechanisms/valueAt.ts";

describe("valueAt", () => {
  it("goes in proportion between points, whatever their order, and stays level outside", () => {
    const points = [
      [30, 5],
      [10, 1],
      [20, 3],
    ] as const;
    expect([0, 10, 15, 20, 25, 30, 99].map((x) => valueAt(points, x))).to.deep.equal([1, 1, 2, 3, 4, 5, 5]);
    expect(valueAt([[1, 7]], 0)).to.equal(7);
  });
});

describe("mapInLanes", () => {
  it("keeps the order, with no more under way than lanes", async () => {
    let [under, most] = [0, 0];
    const results = await mapInLanes([5, 1, 3, 2, 4], 2, async (value) => {
      most = Math.max(most, ++under);
      for (let i = 0; i < value; i++) await Promise.resolve();
      under--;
      return 10 * value;
    });
    expect(results).to.deep.equal([50, 10, 30, 20, 40]);
    expect(most).to.equal(2);
  });

  it("begins nothing more once something failed, and says what", async () => {
    const begun: number[] = [];
    const failing = mapInLanes([1, 2, 3, 4, 5, 6], 2, async (value) => {
      begun.push(value);
      if (value === 2) throw new Error("two");
      for (let i = 0; i < 5; i++) await Promise.resolve();
    });
    expect(await failing.catch((error: Error) => error.message)).to.equal("two");
    expect(begun.length).to.be.lessThan(4);
  });
});
