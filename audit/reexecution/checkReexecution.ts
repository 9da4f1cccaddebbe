import { isRepeatable } from "../../learning/federated/updateSpec.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { subchainRounds } from "../evidence/subchainRounds.ts";
import { NotExamined } from "../NotExamined.ts";
import type { Tally } from "../Tally.ts";
import type { RevealedHere, Trainer } from "./Reexecution.ts";
import { LEAVE_OUT, reexecuteUpdate, UNREPEATABLE } from "./reexecuteUpdate.ts";

/** Which updates an audit repeats, and with what. */
export interface ReexecutionOptions {
  /** How many updates, at most. */
  updates: number;
  /** Which; the hash of main's latest block, which nobody knew when updates were revealed, unless given. */
  seed?: number;
  trainer: Trainer;
}

/**
 * Repeating the training of updates drawn at random gives the same bytes. Counts updates repeated. One that was drawn
 * and cannot be repeated is unexamined, and another is drawn; so is the whole when there is nothing to repeat.
 */
export async function checkReexecution(
  evidence: Evidence,
  tally: Tally,
  { updates, seed, trainer }: ReexecutionOptions,
): Promise<void> {
  const { main, task } = evidence;
  if (!isRepeatable((await evidence.spec()).update)) {
    tally.miss(new NotExamined(UNREPEATABLE, LEAVE_OUT));
    return;
  }
  const drawn = seed ?? Number.parseInt((await main.blockHash(main.head)).slice(2, 10), 16);
  const candidates = await repeatableUpdates(evidence);
  const order = shuffle(
    Uint32Array.from(candidates, (_, i) => i),
    new SeededRandom(drawn, "re-execute"),
  );
  tally.note(
    `Of ${candidates.length} updates of virtual workers, up to ${updates} were drawn with seed ${drawn}${seed === undefined ? `, the hash of block ${main.head} of ${main.name}` : ""}.`,
  );
  if (candidates.length === 0) {
    tally.miss(
      new NotExamined(
        "No worker of a virtual subchain revealed an update that could be repeated.",
        `Look at the task's rounds and workers: ./freshet task show ${task} --full.`,
      ),
    );
  }
  for (const i of order) {
    if (tally.examined === updates) break;
    const candidate = candidates[i]!;
    const { update } = candidate.reveal;
    const command = `./freshet verify-update ${task} ${ordinal(update.round)} ${update.worker}`;
    const result = await reexecuteUpdate(evidence, candidate, trainer);
    if (result.outcome === "unexamined") {
      tally.miss(new NotExamined(`${result.why} (${command})`, result.next));
      continue;
    }
    tally.require(
      result.outcome === "same",
      `The update of worker ${update.worker} of ${candidate.chain.name} in round ${ordinal(update.round)} is not what its training gives. ${result.outcome === "differs" ? result.why : ""} (${command})`,
    );
    tally.count();
  }
}

/** Revealed updates whose training data the chains and storage have: those of virtual workers. */
export async function repeatableUpdates(evidence: Evidence): Promise<RevealedHere[]> {
  const chains = (await evidence.subchains()).filter(({ place }) => place.role === "virtual");
  const found = await Promise.all(
    chains.map(async (chain) =>
      (await subchainRounds(evidence, chain)).flatMap((round) =>
        round.reveals.map((reveal) => ({ chain, round, reveal })),
      ),
    ),
  );
  return found.flat();
}
