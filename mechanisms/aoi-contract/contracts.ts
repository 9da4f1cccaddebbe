import { ContractAbi } from "../../protocol/ContractAbi.ts";
import { AoIContractPolicy } from "./abi/AoIContractPolicy.ts";
import { AoIMeter } from "./abi/AoIMeter.ts";
import { IAoIEncodings } from "./abi/IAoIEncodings.ts";

/** The AoI contract's own contracts, and what the core carries for it as bytes (AoITypes.sol). */
export const aoiContracts = {
  AoIContractPolicy: new ContractAbi({ ...AoIContractPolicy, places: ["item"] }),
  AoIMeter: new ContractAbi({ ...AoIMeter, places: ["item"] }),
  IAoIEncodings: new ContractAbi(IAoIEncodings),
} as const;
