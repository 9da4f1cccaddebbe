import { z } from "zod";
import { orItsKind } from "../../datasets/orItsKind.ts";

const share = (least: number) => z.number().min(least).max(1);

/** The schema of {@link BehaviourSpec}; a text stands for the kind alone, such as "copy". */
export const behaviourSpecSchema = orItsKind(
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("honest").describe("Does what its task asks.") }),
    z.strictObject({
      kind: z.literal("lazy").describe("Refreshes its data seldom and late, and trains on few of them."),
      refreshes: share(0).default(0.5).describe("Share of its refreshes that it makes."),
      lateness: z
        .number()
        .min(0)
        .max(100)
        .default(0)
        .describe("How late each of them is, as a multiple of the time that a refresh counts for."),
      samples: share(0.001)
        .default(1)
        .describe("Share of its samples, the newest, that it trains on; at least one."),
    }),
    z.strictObject({
      kind: z
        .literal("copy")
        .describe(
          "Trains nothing and sends what another revealed in the round before; in the first round an update that changes nothing.",
        ),
    }),
    z.strictObject({
      kind: z
        .literal("flip-labels")
        .describe("Learns wrong labels: the last class for the first, and so on; targets are mirrored."),
      share: share(0).default(1).describe("Share of its samples whose labels it flips."),
    }),
    z.strictObject({
      kind: z.literal("flip-sign").describe("Sends the opposite of what its training changed."),
      factor: z.number().gt(0).max(100).default(1).describe("What it is multiplied by."),
    }),
    z.strictObject({
      kind: z.literal("noise").describe("Adds normal noise to what its training changed."),
      deviation: z
        .number()
        .gt(0)
        .max(100)
        .default(1)
        .describe("Of the noise, as a multiple of the root mean square of what training changed."),
    }),
    z.strictObject({
      kind: z.literal("drop-out").describe("Does not take part in some rounds."),
      probability: share(0).describe("Of a round, each by itself."),
    }),
    z.strictObject({
      kind: z.literal("slow").describe("Takes longer for an update."),
      factor: z.number().min(1).max(10_000).describe("How many times longer."),
    }),
    z.strictObject({
      kind: z.literal("overstate").describe("Says that it trained on more samples than it did."),
      factor: z
        .number()
        .min(1)
        .max(10_000)
        .default(2)
        .describe("How many times as many; no more than the task takes of an update."),
    }),
  ]),
);

/**
 * How a client departs from what its task asks.
 *
 * @example
 * const behaviour: BehaviourSpec = behaviourSpecSchema.parse({ kind: "drop-out", probability: 0.1 });
 */
export type BehaviourSpec = z.infer<typeof behaviourSpecSchema>;

/** The kinds of behaviours. */
export type BehaviourKind = BehaviourSpec["kind"];

/** A client's behaviour of a kind, if it has it. */
export function behaviourOf<Kind extends BehaviourKind>(
  behaviours: readonly BehaviourSpec[],
  kind: Kind,
): Extract<BehaviourSpec, { kind: Kind }> | undefined {
  return behaviours.find(
    (behaviour): behaviour is Extract<BehaviourSpec, { kind: Kind }> => behaviour.kind === kind,
  );
}

/** Kinds that change what a round's training comes to. */
const DEPARTING: ReadonlySet<BehaviourKind> = new Set(["copy", "flip-labels", "flip-sign", "noise"]);

/** Whether a client trains or sends something else than its samples teach; `playBehaviour` says what. */
export function departs(behaviours: readonly BehaviourSpec[]): boolean {
  return behaviours.some(({ kind }) => DEPARTING.has(kind));
}

/** How many samples a client says that it trained on, of so many and at most `most`, which it had no more than. */
export function statedSamples(behaviours: readonly BehaviourSpec[], samples: number, most: number): number {
  const factor = behaviourOf(behaviours, "overstate")?.factor ?? 1;
  return Math.max(samples, Math.min(most, Math.round(factor * samples)));
}
