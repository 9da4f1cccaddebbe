import { z } from "zod";
import { BaseError } from "../../../protocol/BaseError.ts";
import { cellOutputs } from "../../detection/DetectionGrid.ts";
import { batchNorm } from "../layers/batchNorm.ts";
import { conv2d } from "../layers/conv2d.ts";
import type { BuildLayer } from "../layers/Layer.ts";
import { named } from "../layers/named.ts";
import { flatten } from "../layers/reshape.ts";
import { residual } from "../layers/residual.ts";
import { sequential } from "../layers/sequential.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);
/** Pixels from one cell to the next: three convolutions with stride 2. */
const STRIDE = 8;
const side = z.int().min(STRIDE).max(2048).multipleOf(STRIDE);

/**
 * A small detector in one stage and without anchors, after FCOS (Tian, Shen, Chen, He
 * 2019): three convolutions with stride 2, each followed by residual blocks, and a
 * head that tells of each cell of 8 × 8 pixels whether an object is there, where its
 * sides are and of which category it is. With width 16 and four categories it has 228
 * thousand parameters.
 *
 * All layers are convolutions, so the parameters do not depend on the size of the
 * image: what is learned on windows finds objects in whole scenes.
 */
export const detector = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("detector").describe("A small detector of objects in images."),
    input: z
      .tuple([side, side, count])
      .describe(
        "Height, width and channels of the images that it learns from, sides in multiples of 8; it takes others as well.",
      ),
    categories: z.int().min(1).max(255).describe("Categories of objects."),
    width: count
      .optional()
      .describe(
        "Filters of the first convolution; 16 unless given. The next two have twice and four times as many.",
      ),
    blocks: z
      .tuple([z.int().min(0).max(16), z.int().min(0).max(16)])
      .optional()
      .describe("Residual blocks at a quarter and at an eighth of the image's size; [1, 2] unless given."),
  }),

  resized: (spec, [height, width, channels]) => ({
    ...spec,
    input: [height, width, channels] as [number, number, number],
  }),

  network: ({ input, categories, width = 16, blocks: [quarter, eighth] = [1, 2] }) => {
    if (input[0] % STRIDE !== 0 || input[1] % STRIDE !== 0) {
      throw new BaseError(
        "LAYER_SHAPE",
        `A detector takes images with sides in multiples of ${STRIDE}, not [${input}].`,
      );
    }
    const grid = { rows: input[0] / STRIDE, columns: input[1] / STRIDE, stride: STRIDE, categories };
    return {
      task: "detection",
      inputShape: input,
      grid,
      layers: [
        ...normalized("stem", width, 2, "relu"),
        ...stage("stage0", 2 * width, quarter),
        ...stage("stage1", 4 * width, eighth),
        ...normalized("head", 4 * width, 1, "relu"),
        named("cells", conv2d({ filters: cellOutputs(grid), size: 1 })),
        flatten(),
      ],
    };
  },
});

/** A convolution with stride 2 and residual blocks of two convolutions each. */
function stage(name: string, filters: number, blocks: number): BuildLayer[] {
  return [
    ...normalized(`${name}.down`, filters, 2, "relu"),
    ...Array.from({ length: blocks }, (_, block) =>
      named(
        `${name}.block${block}`,
        residual(sequential(...normalized("conv0", filters, 1, "relu"), ...normalized("conv1", filters, 1))),
      ),
    ),
  ];
}

function normalized(
  name: string,
  filters: number,
  stride: number,
  activation: "linear" | "relu" = "linear",
): BuildLayer[] {
  return [
    named(name, conv2d({ filters, size: 3, stride, bias: false })),
    named(`${name}.norm`, batchNorm({ activation })),
  ];
}
