import { ZeroHash } from "ethers";

import { type DrawFacts, drawnRounds, isDrawn, type Sampling } from "./draws.ts";

/** What is known of who takes part in a task's rounds on a subchain. */
export interface TakingPart {
  /** What its workers are drawn from; undefined or zero while nothing was drawn. */
  readonly beacon: string | undefined;
  readonly enrolled: number;
  /** `TaskTerms.workersPerRound`: 0 where all take part in each round. */
  readonly workersPerRound: number;
  /** How they are drawn. */
  readonly sampling: Sampling;
}

/** How many of a subchain's workers take part in a round. */
export function participantsOf({
  enrolled,
  workersPerRound,
}: Pick<TakingPart, "enrolled" | "workersPerRound">): number {
  return workersPerRound === 0 ? enrolled : Math.min(workersPerRound, enrolled);
}

/** Whether a worker takes part in a round; undefined while the beacon that says so is not drawn. */
export function takesPart(known: TakingPart, round: number, index: number): boolean | undefined {
  if (participantsOf(known) === known.enrolled) return true;
  const facts = drawFacts(known);
  return facts && isDrawn(facts, round, index);
}

/** How a worker's rounds count for its pay. */
export interface Participation {
  accepted: number;
  counted: number;
}

/**
 * The rounds that a worker is paid by (Agreement.sol's `participationOf`): those that
 * it was drawn for. For one that was drawn for none all count, and the finalized
 * ones as if they had taken its update; where no beacon was drawn all count, too,
 * and none was taken.
 *
 * @param rounds - As they are if all take part in each: `accepted` rounds took its update, of `counted`; `finalized` ones are.
 */
export function participationOf(
  known: TakingPart,
  index: number,
  { accepted, counted, finalized }: Participation & { finalized: number },
): Participation {
  const facts = drawFacts(known);
  if (participantsOf(known) === known.enrolled || facts === undefined) return { accepted, counted };
  const rounds = drawnRounds(facts, counted, index);
  return rounds === 0
    ? { accepted: Math.min(finalized, counted), counted }
    : { accepted: Math.min(accepted, rounds), counted: rounds };
}

/** What the draws follow from; undefined while there is no beacon. */
function drawFacts(known: TakingPart): DrawFacts | undefined {
  const { beacon, enrolled, sampling } = known;
  if (beacon === undefined || beacon === ZeroHash) return undefined;
  return { sampling, beacon, enrolled, drawn: participantsOf(known) };
}
