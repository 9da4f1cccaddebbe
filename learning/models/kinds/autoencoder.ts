import { z } from "zod";
import { denseHead } from "../denseHead.ts";
import { defineModelKind } from "../ModelKind.ts";

const count = z.int().min(1);

/**
 * A dense autoencoder: trained to reproduce normal samples through a narrow code,
 * it reproduces anomalous ones worse, so its squared error tells them apart
 * (Sakurada, Yairi 2014).
 */
export const autoencoder = defineModelKind({
  schema: z.strictObject({
    kind: z.literal("autoencoder").describe("A dense autoencoder for anomalies."),
    inputs: count.describe("Features of a sample."),
    hidden: z
      .array(count)
      .min(1)
      .max(16)
      .describe("Units of each layer of the encoder, the code last; the decoder mirrors it. With ReLU."),
  }),

  network: ({ inputs, hidden }) => ({
    task: "reconstruction",
    inputShape: [inputs],
    layers: denseHead({ hidden: [...hidden, ...hidden.slice(0, -1).reverse()], outputs: inputs }),
  }),
});
