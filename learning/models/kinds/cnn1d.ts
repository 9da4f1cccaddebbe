import { z } from "zod";
import { denseHead, denseHeadFields, dropoutField, outputScaleField, taskField } from "../denseHead.ts";
import { conv2d } from "../layers/conv2d.ts";
import { maxPool } from "../layers/maxPool.ts";
import { named } from "../layers/named.ts";
import { flatten, reshape } from "../layers/reshape.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);

/**
 * A convolutional network over windows of sensor readings: convolutions along time
 * with ReLU and max pooling, then dense layers (Li, Ding, Sun 2018, for remaining
 * useful life). A convolution along time is one over an image of height 1.
 */
export const cnn1d = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("cnn1d").describe("A convolutional network along time."),
    input: z.tuple([count, count]).describe("Time steps of a window and readings a step."),
    convolutions: z
      .array(
        z.strictObject({
          filters: count.describe("Filters of the convolution."),
          size: count.describe("Time steps a filter spans."),
          pool: count.optional().describe("Steps of the max pooling after it; no pooling unless given."),
        }),
      )
      .min(1)
      .max(16)
      .describe("Convolutions with zero padding, stride 1 and ReLU, in order."),
    ...denseHeadFields,
    task: taskField,
    outputScale: outputScaleField,
    dropout: dropoutField,
  }),

  network: (spec) => ({
    task: spec.task,
    inputShape: spec.input,
    layers: [
      reshape([1, ...spec.input]),
      ...spec.convolutions.flatMap(({ filters, size, pool = 1 }, index) => [
        named(`conv${index}`, conv2d({ filters, size: [1, size], activation: "relu" })),
        ...(pool > 1 ? [maxPool([1, pool])] : []),
      ]),
      flatten(),
      ...denseHead(spec),
    ],
    outputScale: spec.outputScale,
  }),
});
