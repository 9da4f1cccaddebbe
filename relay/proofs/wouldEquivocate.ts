import { BaseError } from "../../protocol/BaseError.ts";

/** What helps where a chain's node was killed: there is no way back to what it had not saved. */
const NEW_NETWORK =
  "If it is a local chain whose process was killed, no message leaves it any more: start a new network (./freshet up --chains anvil); what this one has is kept in earlier/.";

/** The error of a validator that would sign a second history. */
export function wouldEquivocate(shortMessage: string, details: string): BaseError {
  return new BaseError("WOULD_EQUIVOCATE", shortMessage, {
    details: `${details}: the chain was reorganized deeper than its finality rule, or replaced.`,
    next: `Find out which history is right before this validator signs for the chain again. ${NEW_NETWORK}`,
  });
}

/** The error of a validator whose chain has less than it signed: what was signed may yet come again, or never. */
export function wasSetBack(shortMessage: string, details: string): BaseError {
  return new BaseError("CHAIN_SET_BACK", shortMessage, {
    details,
    next: `If its node is only behind, wait. ${NEW_NETWORK}`,
  });
}
