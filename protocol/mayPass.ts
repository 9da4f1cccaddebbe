import { BaseError } from "./BaseError.ts";
import { ContractRevert } from "./ContractRevert.ts";

/**
 * Whether what failed may succeed later, though nobody changes it: the one rule by which whoever sends, asks or reads
 * tries again. A chain or a store that does not answer may answer, a transaction that was lost may be taken, an account
 * may be given money. A contract's refusal is final unless its reason is that something has yet to come (`ContractRevert`).
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof ContractRevert) return error.retryable;
  if (error instanceof BaseError && error.retryable) return true;
  return error instanceof Error && error.cause !== undefined && mayPass(error.cause);
}
