import { z } from "zod";
import { denseHead, denseHeadFields, dropoutField, outputScaleField, taskField } from "../denseHead.ts";
import { gru as gruLayer } from "../layers/gru.ts";
import { named } from "../layers/named.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);

/** A gated recurrent unit over windows of sensor readings; dense layers on its last state. */
export const gru = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("gru").describe("A gated recurrent unit."),
    input: z.tuple([count, count]).describe("Time steps of a window and readings a step."),
    units: count.describe("Units of the recurrent state."),
    ...denseHeadFields,
    task: taskField,
    outputScale: outputScaleField,
    dropout: dropoutField,
  }),

  network: (spec) => ({
    task: spec.task,
    inputShape: spec.input,
    layers: [named("gru", gruLayer(spec.units)), ...denseHead(spec)],
    outputScale: spec.outputScale,
  }),
});
