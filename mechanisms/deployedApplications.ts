import type { Application } from "../chains/networks/Application.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { MARKETS } from "./markets.ts";

/**
 * The applications of these names, as a deployment needs them: a network has only those that it names.
 *
 * @throws BaseError `UNKNOWN_APPLICATION`
 */
export function deployedApplications(names: readonly string[]): Application[] {
  const known = MARKETS.map(({ application }) => application);
  return names.map((name) => {
    const application = known.find((one) => one.name === name);
    if (application !== undefined) return application;
    throw new BaseError("UNKNOWN_APPLICATION", `There is no application ${name}.`, {
      next: `Name only ${known.map((one) => one.name).join(", ")} in the network configuration's applications.`,
    });
  });
}
