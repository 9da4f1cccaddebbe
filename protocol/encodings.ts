import { Encodings } from "./abi/Encodings.ts";
import type { Arguments, FunctionName } from "./abiTypes.ts";
import { ContractAbi } from "./ContractAbi.ts";

/** What chains and programs encode for each other outside of calls (contracts/types/Encodings.sol). */
export const encodings = new ContractAbi(Encodings);

/** A struct that is encoded by itself, by the name of its function in contracts/types/Encodings.sol. */
export type Encoded<N extends FunctionName<typeof Encodings.abi>> = Arguments<typeof Encodings.abi, N>[0];
