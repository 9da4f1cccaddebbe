import { BaseError } from "../protocol/BaseError.ts";

/** What to do about an error: what it says itself, else what whoever met it says. */
export function errorNext(error: unknown, otherwise: string): string {
  return (error instanceof BaseError ? error.next : undefined) ?? otherwise;
}
