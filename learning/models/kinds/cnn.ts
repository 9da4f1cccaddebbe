import { z } from "zod";
import { denseHead, denseHeadFields, dropoutField } from "../denseHead.ts";
import { conv2d } from "../layers/conv2d.ts";
import { maxPool } from "../layers/maxPool.ts";
import { named } from "../layers/named.ts";
import { flatten } from "../layers/reshape.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);

/** A convolutional classifier of images: convolutions with ReLU and max pooling, then dense layers. */
export const cnn = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("cnn").describe("A convolutional network."),
    input: z.tuple([count, count, count]).describe("Height, width and channels of an image."),
    convolutions: z
      .array(
        z.strictObject({
          filters: count.describe("Filters of the convolution."),
          size: count.describe("Length of a filter's sides."),
          pool: count.optional().describe("Side of the max pooling after it; no pooling unless given."),
        }),
      )
      .min(1)
      .max(16)
      .describe("Convolutions with stride 1 and ReLU, in order."),
    ...denseHeadFields,
    padding: z.enum(["same", "valid"]).optional().describe("Zero padding; `same` unless given."),
    dropout: dropoutField,
  }),

  network: (spec) => ({
    task: "classification",
    inputShape: spec.input,
    layers: [
      ...spec.convolutions.flatMap(({ filters, size, pool = 1 }, index) => [
        named(`conv${index}`, conv2d({ filters, size, padding: spec.padding, activation: "relu" })),
        ...(pool > 1 ? [maxPool(pool)] : []),
      ]),
      flatten(),
      ...denseHead(spec),
    ],
  }),
});
