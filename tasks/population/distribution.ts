import { z } from "zod";
import { gammaDraw } from "../../numerics/gammaDraw.ts";
import { normalDraw } from "../../numerics/normalDraw.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";

/** Values that a choice may be among. */
const MOST_VALUES = 256;
/** Draws until one of a normal distribution lies within its bounds; else the nearest bound. */
const MOST_TRIES = 64;

/** The bounds of what is drawn. */
export interface DrawBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * The schema of a number of each client's own: the same for all, or drawn.
 *
 * @param bounds - What is drawn is never outside of them, and no number of the distribution is.
 */
export function distributionSchema({ least, most }: DrawBounds) {
  const value = z.number().min(least).max(most);
  const spread = z.number().min(0).max(most);
  return z.union([
    value,
    z.discriminatedUnion("kind", [
      z
        .strictObject({
          kind: z.literal("uniform").describe("Between two numbers, all alike."),
          from: value.describe("The least."),
          to: value.describe("The most."),
        })
        .refine(({ from, to }) => from <= to, { error: "from is at most to", path: ["to"] }),
      z.strictObject({
        kind: z.literal("normal").describe("Normal, drawn again where it is out of its bounds."),
        mean: value.describe("Its mean."),
        deviation: spread.describe("Its standard deviation."),
      }),
      z.strictObject({
        kind: z
          .literal("gamma")
          .describe("Gamma, as waiting times and costs are; its mean is shape × scale."),
        shape: z.number().min(0.01).max(1e6).describe("k: 1 for an exponential distribution."),
        scale: spread.describe("What a draw of Gamma(k, 1) is multiplied by."),
      }),
      z
        .strictObject({
          kind: z.literal("choice").describe("One of some values."),
          values: z.array(value).min(1).max(MOST_VALUES).describe("The values."),
          weights: z
            .array(z.number().min(0).max(1e9))
            .min(1)
            .max(MOST_VALUES)
            .optional()
            .describe("How likely each is, in any unit; all alike unless given."),
        })
        .refine(({ values, weights }) => weights === undefined || weights.length === values.length, {
          error: "one weight for each value",
          path: ["weights"],
        })
        .refine(({ weights }) => weights === undefined || weights.some((weight) => weight > 0), {
          error: "a weight above 0",
          path: ["weights"],
        }),
    ]),
  ]);
}

/** A number, or what it is drawn from. */
export type Distribution = z.infer<ReturnType<typeof distributionSchema>>;

/**
 * One draw. The same draws of the source give the same bits on every machine.
 *
 * @example
 * drawFrom({ kind: "uniform", from: 1, to: 3 }, random, { least: 0, most: 10 });
 */
export function drawFrom(distribution: Distribution, random: RandomSource, bounds: DrawBounds): number {
  const within = (value: number) => Math.min(bounds.most, Math.max(bounds.least, value));
  if (typeof distribution === "number") return within(distribution);
  switch (distribution.kind) {
    case "uniform": {
      const { from, to } = distribution;
      return within(from + (to - from) * random.uniform());
    }
    case "normal": {
      const { mean, deviation } = distribution;
      let drawn = mean;
      for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
        drawn = mean + deviation * normalDraw(random);
        if (drawn >= bounds.least && drawn <= bounds.most) break;
      }
      return within(drawn);
    }
    case "gamma":
      return within(distribution.scale * gammaDraw(distribution.shape, random));
    case "choice":
      return within(chosen(distribution, random));
    default:
      return distribution satisfies never;
  }
}

function chosen(
  { values, weights }: Extract<Distribution, { kind: "choice" }>,
  random: RandomSource,
): number {
  if (weights === undefined) return values[random.integer(values.length)]!;
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [place, weight] of weights.entries()) {
    if (left < weight) return values[place]!;
    left -= weight;
  }
  return values[weights.findLastIndex((weight) => weight > 0)]!;
}
