import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import type { TaskMessage } from "../evidence/taskMessages.ts";

/** Events that only a message can bring about. */
export const EFFECTS = [
  "RoundReported",
  "EpochSettled",
  "TaskRefused",
  "LateMessage",
  "MessageRecorded",
  "TaskSentBack",
  "RepeatedMessage",
  "ChainFrozen",
  "TaskArrived",
  "RoundStarted",
  "RevealsStarted",
  "TaskFinished",
] as const;

/**
 * Whether an event is what a message brings about where it is delivered, with the
 * same values. The event must be of the message's task and recipient.
 *
 * @example isEffectOf(epochSettled, settlementMessage); // the roots are the same
 */
export function isEffectOf({ name, args }: ChainEvent, message: TaskMessage): boolean {
  const { kind, body, id } = message;
  switch (name) {
    case "LateMessage":
    case "MessageRecorded":
    case "TaskSentBack":
    case "RepeatedMessage":
      return args.receiveId === id;
    case "ChainFrozen":
      return args.chainId === message.origin.chainId;
    case "RoundReported":
      return (
        kind === "RoundReported" &&
        args.round === body.round &&
        args.chainId === body.chainId &&
        args.updatesRoot === body.updatesRoot &&
        args.revealed === body.revealed
      );
    case "EpochSettled":
      return (
        kind === "EpochSettled" &&
        args.chainId === body.chainId &&
        args.recordsRoot === body.recordsRoot &&
        args.workers === body.workers
      );
    case "TaskRefused":
      return kind === "TaskRejected" && args.reason === body.reason;
    case "TaskArrived":
      return (
        kind === "TaskOpened" &&
        args.specDigest === body.terms.specDigest &&
        args.startTime === body.terms.schedule.startTime &&
        args.epochSeconds === body.terms.schedule.epochSeconds
      );
    case "RoundStarted":
      if (kind === "TaskOpened") {
        return (
          args.round === 0 &&
          args.globalModel === body.terms.initialModel &&
          args.openedAt === body.terms.schedule.startTime
        );
      }
      return (
        kind === "RoundOpened" &&
        args.round === body.round &&
        args.globalModel === body.globalModel &&
        args.openedAt === body.openedAt
      );
    case "RevealsStarted":
      return kind === "RevealsOpened" && args.round === body.round;
    case "TaskFinished":
      return kind === "TaskEnded" && args.status === body.status && args.globalModel === body.globalModel;
    default:
      return false;
  }
}
