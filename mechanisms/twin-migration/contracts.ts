import { ContractAbi } from "../../protocol/ContractAbi.ts";
import { IMigrationEncodings } from "./abi/IMigrationEncodings.ts";
import { TwinHosts } from "./abi/TwinHosts.ts";
import { TwinMarket } from "./abi/TwinMarket.ts";
import { TwinRelay } from "./abi/TwinRelay.ts";

/** Twin migration's own contracts, and what they encode for each other (MigrationTypes.sol). */
export const migrationContracts = {
  TwinMarket: new ContractAbi(TwinMarket),
  TwinRelay: new ContractAbi(TwinRelay),
  TwinHosts: new ContractAbi(TwinHosts),
  IMigrationEncodings: new ContractAbi(IMigrationEncodings),
} as const;
