import type { ErrorDescription, Interface } from "ethers";

import { BaseError } from "./BaseError.ts";
import { contractInterfaces, errorNotice } from "./contracts.ts";

/** Errors after which the same call may succeed later. */
const RETRYABLE = new Set([
  "NotYet",
  "ChainIsFrozen",
  "RouteIsPaused",
  "RouteIsFrozen",
  "RateLimited",
  "StaleValidators",
  "NotScheduled",
  "TooFewDelivered",
  "RoundStillOpen",
  "NotSettleable",
  "NotSettled",
  "ReportMissing",
  "DeadlineNotReached",
  "ClaimsOpen",
]);

/** A contract refused a call. Its `code` is the contract's error name. */
export class ContractRevert extends BaseError {
  override readonly name = "ContractRevert";
  /** The error's arguments by name; empty when the revert carried no known error. */
  readonly values: Readonly<Record<string, unknown>>;

  /**
   * @param call - What was called, for the message: `TaskManager.publish`.
   * @param data - The revert's return data, hex.
   */
  constructor(call: string, data: string | null | undefined, cause?: unknown) {
    const error = parseRevert(data);
    const name = error?.name ?? "REVERTED";
    const values = error === null ? {} : named(error);
    const list = Object.entries(values)
      .map(([key, value]) => `${key} = ${String(value)}`)
      .join(", ");
    super(name, `${call} was refused: ${name}${list === "" ? "" : ` (${list})`}.`, {
      details:
        errorNotice(call.split(".")[0] ?? "", name) ??
        (error === null ? `The revert data were ${data ?? "empty"}.` : "See the values."),
      retryable: RETRYABLE.has(name),
      cause,
    });
    this.values = values;
  }
}

/** Decodes revert data by any of Freshet's contracts' errors; null when none fits. */
export function parseRevert(data: string | null | undefined): ErrorDescription | null {
  if (data === null || data === undefined || data.length < 10) return null;
  for (const contractInterface of Object.values(contractInterfaces)) {
    const error = tryParse(contractInterface, data);
    if (error !== null) return error;
  }
  return null;
}

/** Revert data come from whatever contract was called: they may be cut short, or hold no text where text belongs. */
function tryParse(contractInterface: Interface, data: string): ErrorDescription | null {
  try {
    const error = contractInterface.parseError(data);
    // ethers defers some decoding errors until an argument is read.
    error?.args.toArray();
    return error;
  } catch {
    return null;
  }
}

function named(error: ErrorDescription): Record<string, unknown> {
  return Object.fromEntries(
    error.fragment.inputs.map((input, i) => [
      input.name === "" ? `argument ${i}` : input.name,
      error.args[i],
    ]),
  );
}
