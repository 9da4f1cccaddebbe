import { getAddress } from "ethers";
import { z } from "zod";

import { weiText } from "../../protocol/weiText.ts";

const MOST_96 = 2n ** 96n - 1n;
/** The highest price, wei an IoM. */
export const MOST_PRICE = 2n ** 128n - 1n;

const wei = (least: bigint, most: bigint) =>
  weiText.refine(
    (digits) => !/^\d+$/.test(digits) || (BigInt(digits) >= least && BigInt(digits) <= most),
    `from ${least} to ${most} wei`,
  );
/** However it is written, as in network files. */
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
  .transform((written) => getAddress(written.toLowerCase()));

/** Most offers of a task (TradingTypes.sol). */
export const MOST_OFFERS = 256;

/** Fields of `reward` in a task file that trades models. */
export const rewardSchema = z.object({
  cap: wei(1n, MOST_96).describe("Most that one worker is paid, wei."),
  bond: wei(0n, MOST_96)
    .default("0")
    .describe(
      "What a worker locks when it accepts, wei. It loses it if fewer than half of the rounds took its update.",
    ),
  scale: z.number().gt(0).max(1e9).describe("ε: contribution scale, IoM/s."),
  dataWeight: z.number().gt(0).max(1).describe("η: weight of a sample in ln(1 + η · samples)."),
  periodSeconds: z
    .number()
    .gt(0)
    .optional()
    .describe("τ: period of a sale, s; the epoch by the number of rounds unless given."),
  startSlackSeconds: z
    .number()
    .min(0)
    .optional()
    .describe("How long after its round's opening an update may say it was begun, s; τ/4 unless given."),
  leastTheta: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe("An attested θ below this counts as this: no worker is paid for more."),
  mostOmega: z
    .number()
    .gt(0)
    .max(2)
    .default(1)
    .describe(
      "An attested ω above this counts as this. A twin chooses the batch that its ω is measured on: be little above the loss of the initial model.",
    ),
  cosigner: address
    .optional()
    .describe("Whose signature under a sale counts as the publisher's; the publisher's own unless given."),
  prices: z
    .union([
      z.strictObject({
        offers: z
          .array(z.strictObject({ worker: address, price: wei(1n, MOST_PRICE) }))
          .min(1)
          .max(MOST_OFFERS)
          .describe("A worker each, with its price p, wei an IoM."),
      }),
      z.strictObject({
        game: z
          .record(z.string(), z.unknown())
          .describe(
            "The publisher's estimate of the game, in tokens, as `trading solve` takes it (docs/trading-solve.md): an MU a worker, an MSP a publisher.",
          ),
        provider: z.int().min(0).describe("Which of the game's MSPs publishes this task, from 0."),
        workers: z
          .array(address)
          .min(1)
          .max(MOST_OFFERS)
          .describe("The game's MUs in their order; who is left out of this list is offered nothing."),
      }),
    ])
    .describe("What each worker is offered: prices, or a game whose equilibrium they are."),
});

/** `reward` as it was parsed. */
export type TradingReward = z.infer<typeof rewardSchema>;
