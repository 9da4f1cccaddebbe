import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import type { MainPlace } from "../../chains/networks/networkFile.ts";
import { ContractAbi } from "../../protocol/ContractAbi.ts";
import type { EventsOf } from "../../protocol/contracts.ts";
import { AoIContractPolicy } from "./abi/AoIContractPolicy.ts";

/** What programs know of the AoI contract's policy. */
export const policyContract = new ContractAbi(AoIContractPolicy);

/** What the policy tells. */
export type PolicyEvent = EventsOf<typeof policyContract>;

/** The policy on the main chain. */
export function policyOf({ contracts }: MainPlace): ContractPlace<typeof policyContract> {
  return { contract: policyContract, address: contracts.policy };
}
