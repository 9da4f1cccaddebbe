import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { digestOf } from "../../storage/contentId.ts";
import { base64Of, bytesOf } from "../federated/base64Numbers.ts";
import type { Beside } from "../federated/RoundsCheckpoint.ts";
import type { LaboratoryRound } from "./LaboratoryResult.ts";
import type { LaboratoryScores } from "./LaboratoryScores.ts";
import type { PlayedClient } from "./PlayedClient.ts";

/** What a laboratory has between two rounds beside what the rounds themselves follow from. */
export interface LaboratoryState {
  readonly played: readonly PlayedClient[];
  readonly scores: LaboratoryScores | undefined;
  /** Those that are over. */
  readonly rounds: LaboratoryRound[];
}

/** Numbers of an update in the state: of its client, its round, its samples, and whether it was taken. */
const UPDATE_NUMBERS = 4;

/** JSON has no words for these. */
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const count = z.int().min(0);
const digest = z.string();

const schema = z.strictObject({
  asked: z.base64(),
  trained: z.base64(),
  updates: z.base64(),
  copied: z.array(z.strictObject({ place: count, update: digest, base: digest })),
  scores: z.array(z.strictObject({ chainId: z.string().transform(BigInt), index: count, score: z.string() })),
  rounds: z.array(
    z.strictObject({
      // In the order that results have them in.
      ...{ round: count, score: number, metrics: z.record(z.string(), number) },
      ...{ updates: count, bytes: count },
    }),
  ),
});

/** The state, for a checkpoint. What choices, data and pay follow from is not in it: that is derived again. */
export async function keptState({ played, scores, rounds }: LaboratoryState): Promise<Beside> {
  const states = played.map((client) => client.state);
  const updates = new Uint32Array(UPDATE_NUMBERS * states.reduce((sum, one) => sum + one.updates.length, 0));
  let at = 0;
  for (const [place, one] of states.entries()) {
    for (const { round, samples, isTaken } of one.updates) {
      updates.set([place, round, samples, Number(isTaken)], at);
      at += UPDATE_NUMBERS;
    }
  }
  const files = new Map<string, Uint8Array>();
  const copied: { place: number; update: string; base: string }[] = [];
  for (const [place, one] of states.entries()) {
    if (one.copied === undefined) continue;
    const update = await digestOf(one.copied.update);
    files.set(update, one.copied.update);
    copied.push({ place, update, base: one.copied.base });
  }
  const value: z.input<typeof schema> = {
    asked: base64Of(Uint32Array.from(states, (one) => one.asked)),
    trained: base64Of(Uint32Array.from(states, (one) => one.trained)),
    updates: base64Of(updates),
    copied,
    scores: (scores?.attested ?? []).map((one) => ({ ...one, chainId: String(one.chainId) })),
    rounds: rounds.map(({ score, metrics, ...others }) => ({
      ...others,
      score: told(score),
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, one]) => [name, told(one)])),
    })),
  };
  return { value, files };
}

/**
 * Takes a state over, to go on from.
 *
 * @throws BaseError `CHECKPOINT_DAMAGED` for what is no state of these clients.
 */
export function restoreState(beside: Beside | undefined, { played, scores, rounds }: LaboratoryState): void {
  const parsed = schema.safeParse(beside?.value);
  if (!parsed.success) throw foreign(z.prettifyError(parsed.error));
  const state = parsed.data;
  const [asked, trained, updates] = [state.asked, state.trained, state.updates].map(
    (text) => new Uint32Array(bytesOf(text)),
  ) as [Uint32Array, Uint32Array, Uint32Array];
  if (asked.length !== played.length || trained.length !== played.length) {
    throw foreign(`It tells of ${asked.length} clients, and ${played.length} take part.`);
  }
  for (const [place, client] of played.entries()) {
    client.restore({ asked: asked[place]!, trained: trained[place]! });
  }
  for (let at = 0; at < updates.length; at += UPDATE_NUMBERS) {
    const [place, round, samples, isTaken] = updates.subarray(at, at + UPDATE_NUMBERS);
    const client = played[place!];
    if (client === undefined) throw foreign(`Nobody has the place ${place}.`);
    client.sent(round!, { samples: samples!, accepted: isTaken === 1 });
  }
  for (const { place, update, base } of state.copied) {
    const file = beside!.files.get(update);
    if (file === undefined || played[place] === undefined) throw foreign(`It has no update ${update}.`);
    played[place].copies(file, base);
  }
  scores?.restore(state.scores);
  for (const round of state.rounds) rounds.push(round);
}

function told(value: number): z.input<typeof number> {
  return Number.isFinite(value) ? value : (String(value) as "NaN");
}

function foreign(details: string): BaseError {
  return new BaseError("CHECKPOINT_DAMAGED", "The checkpoint has no state of the laboratory.", {
    details,
    next: "Start the rounds anew in another directory.",
  });
}
