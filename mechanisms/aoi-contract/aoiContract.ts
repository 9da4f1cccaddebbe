import type { Mechanism } from "../Mechanism.ts";
import { audit } from "./audit/audit.ts";
import { commands } from "./commands.ts";
import { aoiContracts } from "./contracts.ts";
import { resettlement } from "./resettlement.ts";
import { statement } from "./statement.ts";
import { task } from "./task.ts";
import { view } from "./view.ts";
import { worker } from "./worker.ts";

/**
 * The AoI contract: a menu of (update period, reward) items from which each worker takes what pays its type best
 * (docs/mechanisms/aoi-contract.md).
 */
export const aoiContract: Mechanism = {
  name: "aoi-contract",
  contracts: { policy: aoiContracts.AoIContractPolicy, meter: aoiContracts.AoIMeter },
  task,
  worker,
  audit,
  view,
  statement,
  resettlement,
  commands,
};
