import { expect } from "chai";

import { publicationWarnings } from "../../../../tasks/buildTerms.ts";
import { examplePath } from "../../../../tasks/examplePath.ts";
import { readTaskSpec, type TaskSpec } from "../../../../tasks/taskSpec.ts";

/** Warnings of examples/mnist.json with another epoch, or other types. */
async function warnings(epochSeconds: number, change: Record<string, unknown> = {}): Promise<string[]> {
  const spec = structuredClone(await readTaskSpec(examplePath("mnist.json")));
  const { types } = spec.reward.menu as { types: Record<string, unknown> };
  Object.assign(types, change);
  return publicationWarnings({ ...spec, schedule: { ...spec.schedule, epochSeconds } } as TaskSpec);
}

describe("what a publisher is warned of", () => {
  it("is nothing in the examples", async () => {
    for (const file of ["mnist.json", "mnist-quick.json", "turbofan.json", "machine-anomalies.json"]) {
      expect(publicationWarnings(await readTaskSpec(examplePath(file))), file).to.deep.equal([]);
    }
  });

  it("is an epoch without useful divisors, and what one beside it would cost", async () => {
    expect(await warnings(23)).to.deep.equal([
      "Periods divide schedule.epochSeconds, and 23 has no divisor near enough: a worker of type 4 would best refresh every 9.5 s, and its item asks for every 1 s. With 24 s the dearest item pays 13.8500 tokens instead of 31.5000.",
    ]);
    expect(await warnings(24)).to.deep.equal([]);
  });

  it("is a menu that loses by its own types, all of it or an item", async () => {
    const [all] = await warnings(60, { unitProfit: "1000000000000000000" });
    expect(all).to.match(
      /^Items 1, .* pay more for freshness than it is worth by unitProfit and .*: the whole menu is expected to lose \d+\.\d{4} tokens a worker and epoch\.$/,
    );
    const [some] = await warnings(60, { unitProfit: "3000000000000000000" });
    expect(some).to.match(/^Items 1, 2, 3, 4, 5, 6 pay more .* expected to gain 0\.2048 tokens/);
  });
});
