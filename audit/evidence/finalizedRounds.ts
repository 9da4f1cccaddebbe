import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";

/** A round that main finalized. */
export interface FinalizedRound {
  round: number;
  globalModel: string;
  scorePpb: number;
  /** A subchain in the task's order: words of 256 acceptance bits, bit = the worker's index. */
  accepted: readonly (readonly bigint[])[];
  scores: EventNamed<"RoundFinalized">["args"]["scores"];
  event: EventNamed<"RoundFinalized">;
}

/** The rounds that main finalized, in the order of the chain. */
export function finalizedRounds(main: ChainEvidence, task: bigint): FinalizedRound[] {
  return eventsOf(main, task, "RoundFinalized").map((event) => ({
    round: event.args.round,
    globalModel: event.args.globalModel,
    scorePpb: event.args.scorePpb,
    accepted: event.args.accepted,
    scores: event.args.scores,
    event,
  }));
}

/** Whether the worker at `index` of a subchain had its update taken. */
export function isAccepted({ accepted }: FinalizedRound, subchain: number, index: number): boolean {
  const word = accepted[subchain]?.[Math.floor(index / 256)] ?? 0n;
  return ((word >> BigInt(index % 256)) & 1n) === 1n;
}

/** The indices whose bits are set, ascending. */
export function acceptedIndices({ accepted }: FinalizedRound, subchain: number): number[] {
  return (accepted[subchain] ?? []).flatMap((word, place) =>
    Array.from({ length: 256 }, (_, bit) => bit)
      .filter((bit) => ((word >> BigInt(bit)) & 1n) === 1n)
      .map((bit) => 256 * place + bit),
  );
}

/** Rounds in which the worker at `index` of a chain had its update taken. */
export function acceptedRounds(
  rounds: readonly FinalizedRound[],
  { subchains }: Pick<TaskTerms, "subchains">,
  chainId: bigint,
  index: number,
): number {
  const subchain = subchains.indexOf(chainId);
  return rounds.filter((round) => isAccepted(round, subchain, index)).length;
}
