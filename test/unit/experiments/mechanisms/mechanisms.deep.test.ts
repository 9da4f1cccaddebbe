import { expect } from "chai";
import { lineChart } from "../../../../experiments/lineChart.ts";
import { CHEATS } from "../../../../experiments/mechanisms/cheats.ts";
import { MECHANISM_EXPERIMENTS } from "../../../../experiments/mechanisms/experiments.ts";
import { CONTENDERS } from "../../../../experiments/mechanisms/mechanismsSetting.ts";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import { TaskData } from "../../../../tasks/TaskData.ts";

describe("the comparison of mechanisms, on two rounds and one seed", function () {
  this.timeout(600_000);
  let pool: FederationPool;
  before(() => {
    pool = new FederationPool({ threads: 2 });
  });
  after(() => pool.close());
  const made = (name: string) =>
    MECHANISM_EXPERIMENTS[name]!({
      ...{ pool, load: (spec) => new TaskData("data").load(spec), seeds: [1], rounds: 2 },
      progress: () => undefined,
    });

  it("tells quality by what is spent, who stays away and at what utility", async () => {
    const { rows, charts, claims } = await made("quality");
    expect(rows).to.have.length(CONTENDERS.reduce((sum, { levels }) => sum + levels.length, 0));
    for (const { name, levels } of CONTENDERS) {
      const own = rows.filter(({ keys }) => keys[0] === name).map(({ values }) => values);
      // More is spent at higher levels, where anybody takes part in so short a task, and fewer stay away.
      expect(own.at(-1)!.spent![0]).to.be.greaterThan(0);
      for (let level = 1; level < levels.length; level++) {
        expect(own[level]!.spent![0]).to.be.at.least(own[level - 1]!.spent![0]!);
        expect(own[level]!.left![0]).to.be.at.most(own[level - 1]!.left![0]!);
      }
    }
    expect(claims).to.have.length(CONTENDERS.length - 1);
    for (const chart of charts) expect(lineChart(chart)).to.match(/^<svg/).and.not.include("NaN");
  });

  it("tells what each cheat brings under each mechanism", async () => {
    const { rows, charts } = await made("cheats");
    expect(rows).to.have.length(Object.keys(CHEATS).length * CONTENDERS.length);
    const gain = (cheat: string, name: string) =>
      rows.find(({ keys }) => keys[0] === cheat && keys[1] === name)!.values;
    for (const { name } of CONTENDERS) {
      // What it pays less and what it costs less are all that it gains.
      for (const cheat of Object.keys(CHEATS)) {
        const { gain: all, pay, cost } = gain(cheat, name);
        expect(all![0]).to.be.closeTo(pay![0]! + cost![0]!, 1e-6);
      }
    }
    expect(gain("copying", "equal pay").pay![0]).to.equal(0);
    expect(gain("copying", "equal pay").gain![0]).to.be.greaterThan(0);
    expect(gain("half the refreshes", "AoI contract").pay![0]).to.be.lessThan(0);
    for (const chart of charts) expect(lineChart(chart)).to.match(/^<svg/).and.not.include("NaN");
  });
});
