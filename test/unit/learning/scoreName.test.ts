import { expect } from "chai";

import { scoreName } from "../../../learning/models/scoreName.ts";
import { examplePath } from "../../../tasks/examplePath.ts";
import { readTaskSpec } from "../../../tasks/taskSpec.ts";

describe("scoreName", () => {
  const names = { "mnist.json": "accuracy", "turbofan.json": "timely", "machine-anomalies.json": "AUC" };
  for (const [file, name] of Object.entries(names)) {
    it(`of examples/${file} is ${name}`, async () => {
      expect(scoreName((await readTaskSpec(examplePath(file))).model)).to.equal(name);
    });
  }
});
