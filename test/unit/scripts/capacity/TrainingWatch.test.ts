import { setImmediate } from "node:timers/promises";

import { expect } from "chai";
import { TrainingWatch } from "../../../../scripts/capacity/TrainingWatch.ts";
import { parseTaskSpec } from "../../../../tasks/taskSpec.ts";
import { smallSpec } from "../../tasks/smallSpec.ts";

const spec = parseTaskSpec(smallSpec());
const { samplesPerRound, epochs } = spec.training;
const { commitSeconds } = spec.schedule;

/** What is said when so many workers of each of two subchains hear of a task, on a machine that carries so many. */
async function said(here: number[], carried: number, samples = 1e9): Promise<string[]> {
  const warnings: string[] = [];
  let measured = 0;
  const watch = new TrainingWatch({
    spec: async () => spec,
    samples: async () => samples,
    measure: async () => {
      measured++;
      return (carried * samplesPerRound * epochs) / commitSeconds;
    },
    warn: (text) => warnings.push(text),
  });
  const of = { worker: "all", chain: "a", task: 3n } as const;
  for (const workers of here) {
    watch.onWorker({ type: "task-arrived", ...of, specDigest: "0x", workers });
    await setImmediate();
  }
  // Anybody can have a task arrive: nothing is done for one that no worker takes on.
  expect(measured).to.equal(0);
  for (let enrolled = 0; enrolled < 2; enrolled++) {
    watch.onWorker({ type: "enrolled", ...of, choice: "0x", freshSeconds: 1 });
    await setImmediate();
  }
  expect(measured).to.equal(1);
  return warnings;
}

describe("workers that a machine trains too slowly for", () => {
  it("are told of with figures, once", async () => {
    const [warning, ...more] = await said([4, 4, 4], 6);
    expect(warning).to.match(
      /^task 3: up to 12 workers here train on [\d,]+ samples a round, which takes .* s at/,
    );
    expect(warning).to.contain(`a round has ${commitSeconds} s for it (commitSeconds)`);
    expect(more).to.deep.equal([]);
  });

  it("are not told of when all are in time", async () => {
    expect(await said([4, 2], 6)).to.deep.equal([]);
  });

  it("are not told of when they have too little data to be late", async () => {
    expect(await said([40, 40], 6, 1)).to.deep.equal([]);
  });
});
