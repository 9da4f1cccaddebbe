import { BaseError } from "./BaseError.ts";
import { ContractAbi, type RevertError } from "./ContractAbi.ts";
// Makes the core's contracts known; a mechanism's are when its room is loaded.
import "./contracts.ts";
import { ordinal } from "./ordinal.ts";

/** The errors of Solidity itself. */
export const solidityErrors = new ContractAbi({
  name: "Solidity",
  abi: [
    { type: "error", name: "Error", inputs: [{ name: "message", type: "string" }] },
    { type: "error", name: "Panic", inputs: [{ name: "code", type: "uint256" }] },
  ],
  errors: {},
});

/** Errors after which the same call may succeed later. */
const RETRYABLE = new Set([
  "NotYet",
  "ChainIsFrozen",
  "RouteIsPaused",
  "RouteIsFrozen",
  "RateLimited",
  "StaleValidators",
  "NotScheduled",
  "NotSent",
  "TooFewDelivered",
  "CommitsStillOpen",
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
  /** The error's arguments by name, as the contract gives them: places from 0; empty when the revert carried no known error. */
  readonly values: Readonly<Record<string, unknown>>;

  /**
   * @param call - What was called, for the message: `TaskManager.publish`.
   * @param data - The revert's return data, hex.
   * @param options - `reservation`: a sentence that says why this may not be the reason.
   */
  constructor(
    call: string,
    data: string | null | undefined,
    cause?: unknown,
    { reservation }: { reservation?: string } = {},
  ) {
    const error = parseRevert(data);
    const name = error?.name ?? "REVERTED";
    const values = error?.values ?? {};
    const list = Object.entries(values)
      .map(([key, value]) => {
        const isPlace =
          (typeof value === "bigint" || typeof value === "number") && error?.places.includes(key);
        return `${key} = ${isPlace ? ordinal(value) : String(value)}`;
      })
      .join(", ");
    const notice =
      errorNotice(call.split(".")[0] ?? "", name) ??
      (error === undefined ? `The revert data were ${data ?? "empty"}.` : "See the values.");
    super(name, `${call} was refused: ${name}${list === "" ? "" : ` (${list})`}.`, {
      details: reservation === undefined ? notice : `${notice} ${reservation}`,
      retryable: RETRYABLE.has(name),
      cause,
    });
    this.values = values;
  }
}

/** Reads revert data as an error of any contract that is known; undefined when they are none's. */
export function parseRevert(data: string | null | undefined): RevertError | undefined {
  if (data === null || data === undefined || data.length < 10) return undefined;
  for (const contract of ContractAbi.all) {
    const error = contract.decodeError(data);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** What the documentation says of an error: the called contract's own words, else those of one that it calls. */
export function errorNotice(contract: string, error: string): string | undefined {
  const own = ContractAbi.all.filter(({ name }) => name === contract);
  return [...own, ...ContractAbi.all]
    .map(({ errors }) => errors[error])
    .find((notice) => notice !== undefined);
}
