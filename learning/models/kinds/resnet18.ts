import { z } from "zod";
import { batchNorm } from "../layers/batchNorm.ts";
import { conv2d } from "../layers/conv2d.ts";
import { dense } from "../layers/dense.ts";
import { globalAveragePool } from "../layers/globalAveragePool.ts";
import type { BuildLayer } from "../layers/Layer.ts";
import { named } from "../layers/named.ts";
import { residual } from "../layers/residual.ts";
import { sequential } from "../layers/sequential.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);
/** Blocks of each stage. */
const STAGES = [2, 2, 2, 2] as const;

/**
 * ResNet-18 (He, Zhang, Ren, Sun 2016, table 1) for small images: four stages of
 * two basic blocks with 64, 128, 256 and 512 filters. The stem is one 3×3
 * convolution with stride 1 and no pooling, as their section 4.2 has it for 32×32
 * images; the 7×7 stem with stride 2 and pooling would leave 7×7 of 28×28 before
 * the first block.
 */
export const resnet18 = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("resnet18").describe("ResNet-18 with a stem for small images."),
    input: z.tuple([count, count, count]).describe("Height, width and channels of an image."),
    outputs: count.describe("Classes."),
    width: count.optional().describe("Filters of the first stage; 64 unless given."),
  }),

  network: ({ input, outputs, width = 64 }) => ({
    task: "classification",
    inputShape: input,
    layers: [
      ...normalized("stem", width, 3, 1, "relu"),
      ...STAGES.flatMap((blocks, stage) =>
        Array.from({ length: blocks }, (_, block) =>
          named(
            `stage${stage}.block${block}`,
            basicBlock(width * 2 ** stage, stage > 0 && block === 0 ? 2 : 1),
          ),
        ),
      ),
      globalAveragePool(),
      named("layer0", dense({ units: outputs })),
    ],
  }),
});

/** Two 3×3 convolutions; the shortcut is a 1×1 convolution where the shape changes. */
function basicBlock(filters: number, stride: number): BuildLayer {
  const main = sequential(
    ...normalized("conv0", filters, 3, stride, "relu"),
    ...normalized("conv1", filters, 3, 1),
  );
  return stride === 1
    ? residual(main)
    : residual(main, sequential(...normalized("shortcut", filters, 1, stride)));
}

function normalized(
  name: string,
  filters: number,
  size: number,
  stride: number,
  activation: "linear" | "relu" = "linear",
): BuildLayer[] {
  return [
    named(name, conv2d({ filters, size, stride, bias: false })),
    named(`${name}.norm`, batchNorm({ activation })),
  ];
}
