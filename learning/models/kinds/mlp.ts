import { z } from "zod";
import { denseHead, denseHeadFields, dropoutField, outputScaleField, taskField } from "../denseHead.ts";
import { defineModelKind } from "../ModelKind.ts";

/** A multilayer perceptron; with `hidden: []`, softmax or linear regression. */
export const mlp = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("mlp").describe("A multilayer perceptron."),
    inputs: z.int().min(1).describe("Features of a sample."),
    ...denseHeadFields,
    dropout: dropoutField,
    task: taskField.optional(),
    outputScale: outputScaleField,
  }),

  network: (spec) => ({
    task: spec.task ?? "classification",
    inputShape: [spec.inputs],
    layers: denseHead(spec),
    outputScale: spec.outputScale,
  }),
});
