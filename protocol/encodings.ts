import { IEncodings } from "./abi/IEncodings.ts";
import type { Arguments, FunctionName } from "./abiTypes.ts";
import { ContractAbi } from "./ContractAbi.ts";

/** What chains and programs encode for each other outside of calls (contracts/types/IEncodings.sol). */
export const encodings = new ContractAbi(IEncodings);

/** A struct that is encoded by itself, by the name of its function in contracts/types/IEncodings.sol. */
export type Encoded<N extends FunctionName<typeof IEncodings.abi>> = Arguments<typeof IEncodings.abi, N>[0];
