import type { Application } from "../chains/networks/Application.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { twinApplication } from "./twin-migration/market/twinApplication.ts";

/** Applications of mechanisms that are no tasks. */
const APPLICATIONS: readonly Application[] = [twinApplication];

/**
 * The applications of these names, as a deployment needs them: a network has only those that it names.
 *
 * @throws BaseError `UNKNOWN_APPLICATION`
 */
export function deployedApplications(names: readonly string[]): Application[] {
  return names.map((name) => {
    const application = APPLICATIONS.find((one) => one.name === name);
    if (application !== undefined) return application;
    throw new BaseError("UNKNOWN_APPLICATION", `There is no application ${name}.`, {
      next: `Name only ${APPLICATIONS.map((one) => one.name).join(", ")} in the network configuration's applications.`,
    });
  });
}
