import { z } from "zod";

import { weiText } from "../../../protocol/weiText.ts";

const costs = weiText.transform(BigInt);
const positive = z.number().gt(0).max(1e9);

/**
 * What an owner says of a worker (an MU) that trades models, in the workers file under `mechanisms`. All of it is
 * private: f and B, and what they cost, leave the worker's process in no form but the time that an update takes.
 */
export const ownerSchema = z.strictObject({
  computationCost: costs.describe("c_f: a GHz for a whole task costs c_f · ln(1/θ), wei."),
  bandwidthCost: costs.describe("c_B: a MHz for a whole task, wei."),
  cpuGigahertz: positive.describe("f_max, GHz."),
  radioMegahertz: positive.describe("B_max, MHz."),
  serviceGigacycles: z.number().min(0).max(1e9).default(0).describe("S: what basic services take, Gcycle …"),
  serviceSeconds: positive.default(1).describe("… within T_req, s."),
  gigacyclesPerSample: positive.describe("κ: work of a local iteration on a sample, Gcycle."),
  samplesPerSecond: positive.describe(
    "x: samples a second that it expects to train on, of a period τ x · τ.",
  ),
  accuracy: z.number().gt(0).lt(1).describe("θ: local accuracy that it trains to; lower is more accurate."),
  potential: z
    .number()
    .gt(0)
    .max(2)
    .default(0.9)
    .describe("ω that it expects to be measured; 0.9 is the Brier loss of a guess among ten classes."),
  uploadMegabits: positive.describe("b: an upload, Mbit."),
  signalToNoise: positive.describe("ς of its channel, linear."),
});

/** What an owner says, parsed. */
export type TradingOwner = z.infer<typeof ownerSchema>;
