import type { DeployedMechanism } from "../chains/networks/DeployedMechanism.ts";
import { MECHANISMS } from "./mechanisms.ts";

/** All mechanisms, as a deployment needs them. */
export function deployedMechanisms(): DeployedMechanism[] {
  return MECHANISMS.map(({ name, service, contracts: { policy, meter, artifacts } }) => ({
    name,
    policy: artifacts?.policy ?? policy.name,
    meter: artifacts?.meter ?? meter.name,
    ...(service === undefined ? {} : { isServed: true }),
  }));
}
