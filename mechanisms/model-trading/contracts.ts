import { ContractAbi } from "../../protocol/ContractAbi.ts";
import { ITradingEncodings } from "./abi/ITradingEncodings.ts";
import { TradingMeter } from "./abi/TradingMeter.ts";
import { TradingPolicy } from "./abi/TradingPolicy.ts";

/** Model trading's own contracts, and what the core carries for it as bytes (TradingTypes.sol). */
export const tradingContracts = {
  TradingPolicy: new ContractAbi(TradingPolicy),
  TradingMeter: new ContractAbi(TradingMeter),
  ITradingEncodings: new ContractAbi(ITradingEncodings),
} as const;
