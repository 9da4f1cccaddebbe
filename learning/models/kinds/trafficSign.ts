import { z } from "zod";
import { dropoutField } from "../denseHead.ts";
import { batchNorm } from "../layers/batchNorm.ts";
import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { depthwiseConv2d } from "../layers/depthwiseConv2d.ts";
import { dropout } from "../layers/dropout.ts";
import { globalAveragePool } from "../layers/globalAveragePool.ts";
import type { BuildLayer } from "../layers/Layer.ts";
import { named } from "../layers/named.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);

/**
 * A small classifier of traffic signs for vehicles: a 3×3 convolution, then three
 * depthwise separable convolutions with stride 2 (Howard et al. 2017), each with
 * batch normalization and ReLU, and the average over the image. With 32×32×3
 * crops, 43 classes and width 32 it has 58 thousand parameters.
 */
export const trafficSign = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("traffic-sign").describe("A small classifier of traffic signs."),
    input: z
      .tuple([count, count, count])
      .describe("Height, width and channels of a crop; [32, 32, 3] for GTSRB and GTSDB."),
    outputs: count.describe("Classes; 43 for GTSRB and GTSDB."),
    width: count
      .optional()
      .describe("Filters of the first convolution; 32 unless given. Each later has twice as many."),
    dropout: dropoutField,
  }),

  network: ({ input, outputs, width = 32, dropout: rate }) => ({
    task: "classification",
    inputShape: input,
    layers: [
      ...normalized("conv0", conv2d({ filters: width, size: 3, bias: false })),
      ...[1, 2, 3].flatMap((index) => [
        ...normalized(`conv${index}.depthwise`, depthwiseConv2d({ size: 3, stride: 2 })),
        ...normalized(
          `conv${index}.pointwise`,
          conv2d({ filters: width * 2 ** index, size: 1, bias: false }),
        ),
      ]),
      globalAveragePool(),
      dropout(rate),
      named("layer0", dense({ units: outputs })),
    ],
  }),
});

function normalized(name: string, convolution: BuildLayer): BuildLayer[] {
  return [named(name, convolution), named(`${name}.norm`, batchNorm({ activation: "relu" }))];
}
