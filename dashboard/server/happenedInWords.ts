import { formatTokens } from "../../reports/formatTokens.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { TaskEvent } from "../../tasks/view/TaskEvent.ts";

/** An event of a task in a few words; undefined of what comes too often to be told one by one, and of what means nothing. */
export function happenedInWords({ name, args }: TaskEvent): string | undefined {
  switch (name) {
    case "TaskPublished":
      return `published by ${shortAddress(args.publisher)}`;
    case "TaskRefused":
      return "refused by the relay chain";
    case "TaskClosed":
      return `closed: ${args.status}`;
    case "Funded":
      return `${formatTokens(args.amount)} came into the escrow`;
    case "Refunded":
      return `${formatTokens(args.amount)} went back to ${shortAddress(args.payer)}`;
    case "RoundReported":
      return `round ${args.round + 1} reported: ${args.revealed} revealed on chain ${args.chainId}`;
    case "AggregateAttested":
      return `aggregator ${shortAddress(args.aggregator)} attested round ${args.round + 1}`;
    case "RoundFinalized":
      return `round ${args.round + 1} is final, with a score of ${(args.scorePpb / 1e7).toFixed(2)} %`;
    case "EpochSettled":
      return `chain ${args.chainId} settled: ${args.workers} workers`;
    case "RevealCredited":
      return `worker ${shortAddress(args.worker)} was credited with what it revealed last`;
    case "RewardClaimed":
      return `${shortAddress(args.worker)} claimed ${formatTokens(args.amount)}`;
    case "TaskArrived":
      return "the task arrived";
    case "WorkerEnrolled":
      return `${shortAddress(args.worker)} enrolled`;
    case "BeaconDrawn":
      return "it is drawn who takes part in which round";
    case "RoundStarted":
      return `round ${args.round + 1} began`;
    case "UpdateCommitted":
      return `${shortAddress(args.worker)} committed to an update of round ${args.round + 1}`;
    case "CommitsClosed":
      return `round ${args.round + 1} takes no more commits: ${args.committed} came`;
    case "RevealsStarted":
      return `round ${args.round + 1} takes reveals`;
    case "UpdateRevealed":
      return `${shortAddress(args.worker)} revealed its update of round ${args.round + 1}`;
    case "RoundClosed":
      return `round ${args.round + 1} is closed: ${args.revealed} of ${args.committed} revealed`;
    case "RoundAbandoned":
      return `round ${args.round + 1} was abandoned: the main chain went on without it`;
    case "TaskFinished":
      return "the rounds are over";
    case "EpochClosed":
      return `the epoch is over: ${args.workers} workers recorded`;
    default:
      return undefined;
  }
}
