import { parseAbi } from "abitype";

import type { MechanismContracts } from "../../../mechanisms/MechanismContracts.ts";
import { ContractAbi } from "../../../protocol/ContractAbi.ts";
import { compile } from "./compile.ts";

/** What TypeScript wants of the contracts; flatPay.test.ts compares it with what is compiled. */
export const contracts: MechanismContracts = {
  policy: new ContractAbi({
    name: "FlatPayPolicy",
    abi: parseAbi([
      "event PayFixed(address indexed manager, uint256 indexed task, uint96 payPerRound)",
      "error PayMissing()",
      "error LaneMissing()",
      "function payPerRoundOf(address manager, uint256 task) view returns (uint96)",
    ]),
    errors: {
      PayMissing: "Thrown when a round pays nothing.",
      LaneMissing: "Thrown when there is no lane to choose.",
    },
  }),
  meter: new ContractAbi({
    name: "FlatPayMeter",
    abi: parseAbi([
      "error UnknownLane(uint256 task, uint8 lane, uint8 lanes)",
      "function lanesOf(address subchain, uint256 task) view returns (uint8)",
    ]),
    errors: { UnknownLane: "Thrown when a worker chooses a lane that there is not." },
  }),
  get artifacts() {
    return compile();
  },
};
