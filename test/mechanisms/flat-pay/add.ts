// Adds the mechanism to a command of the command line: node --import=…/add.ts scripts/freshet.ts …
import { addMechanism } from "../../../mechanisms/mechanisms.ts";
import { flatPay } from "./flatPay.ts";

addMechanism(flatPay);
