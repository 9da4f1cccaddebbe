import { z } from "zod";
import { dense } from "./layers/dense.ts";
import { dropout } from "./layers/dropout.ts";
import type { BuildLayer } from "./layers/Layer.ts";
import { named } from "./layers/named.ts";

const count = z.int().min(1);

/** The hyper-parameters of {@link denseHead}, for the schemas of kinds that end in one. */
export const denseHeadFields = {
  hidden: z.array(count).max(16).describe("Units of each dense hidden layer, with ReLU; [] for none."),
  outputs: count.describe("Classes, or 1 for regression."),
};

/** The rate of dropout after each dense hidden layer, for those schemas. */
export const dropoutField = z
  .number()
  .gt(0)
  .lt(1)
  .optional()
  .describe("Share of the hidden units that training drops at random; none unless given.");

/** What a model that can do both predicts, for those schemas. */
export const taskField = z
  .enum(["classification", "regression"])
  .describe("What is predicted: a class, by cross-entropy, or a real target, by mean squared error.");

/** The unit of a regression's targets, for those schemas. */
export const outputScaleField = z
  .number()
  .positive()
  .optional()
  .describe(
    "Regression: a prediction is the output times this, so that outputs are of order 1; 1 unless given.",
  );

/** Dense layers `layer0`, `layer1`, … with ReLU and dropout between them, the last without. */
export function denseHead({
  hidden,
  outputs,
  dropout: rate,
}: {
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly dropout?: number | undefined;
}): BuildLayer[] {
  return [
    ...hidden.flatMap((units, index) => [
      named(`layer${index}`, dense({ units, activation: "relu" })),
      dropout(rate),
    ]),
    named(`layer${hidden.length}`, dense({ units: outputs })),
  ];
}
