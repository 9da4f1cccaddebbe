import type { Mechanism } from "../../../mechanisms/Mechanism.ts";
import { audit } from "./audit.ts";
import { commands } from "./commands.ts";
import { contracts } from "./contracts.ts";
import { scores } from "./scores.ts";
import { task } from "./task.ts";
import { view } from "./view.ts";
import { worker } from "./worker.ts";

/** A made-up mechanism: the same pay for every round that took a worker's update, whatever its data. */
export const flatPay: Mechanism = {
  name: "flat-pay",
  contracts,
  task,
  worker,
  scores,
  audit,
  view,
  commands,
};
