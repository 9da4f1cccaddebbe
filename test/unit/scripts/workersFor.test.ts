import { expect } from "chai";

import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { checkForWorkers } from "../../../scripts/workersFor.ts";
import { thrown } from "../thrown.ts";

const data: Dataset = {
  features: new Uint8Array(4),
  sampleShape: [1],
  scale: 1,
  labels: new Uint8Array(4),
  classes: 1,
};

describe("checkForWorkers", () => {
  it("says which device's policy names what the data do not have", () => {
    const device = (name: string, hide: number[]) => ({
      ...{ name, privacyPolicy: { kind: "columns", hide } },
      // Of its own: nothing of the task's data is dealt to it.
      data: { directory: "x" },
    });
    const spec = { seed: 1, model: { kind: "mlp", inputs: 1, hidden: [], outputs: 2 } } as never;
    const devices = [device("pump 1", [0]), device("pump 2", [7])];
    const error = thrown(() => checkForWorkers(spec, { train: data, test: data }, { devices } as never));
    expect(error).to.include({
      code: "PRIVACY_POLICY",
      shortMessage: "pump 2: The privacy policy names column 7, which the data don't have.",
    });
    expect(error.next).to.contain("Correct the policy");
  });
});
