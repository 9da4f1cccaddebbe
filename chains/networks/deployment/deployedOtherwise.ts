import { BaseError } from "../../../protocol/BaseError.ts";

/** A chain has something else than the deployment says, and it cannot be replaced by deploying again. */
export function deployedOtherwise(chain: string, what: string, found: string, wanted: string): BaseError {
  return new BaseError("DEPLOYED_OTHERWISE", `On ${chain}, ${what} is not what the deployment says.`, {
    details: `It is ${found}, not ${wanted}.`,
    next: "Deploy with the file that the deployment was begun with; what its owner changed since stays changed.",
  });
}

/** Whether two addresses are one, however they are written. */
export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
