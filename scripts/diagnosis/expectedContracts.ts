import type { Abi } from "abitype";

import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { PROOF_KINDS } from "../../chains/proofs/proofKinds.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { AnyContract } from "../../protocol/ContractAbi.ts";
import { contracts } from "../../protocol/contracts.ts";

/** A contract that a network file names. */
export interface ExpectedContract {
  /** Where the network file has it, such as `applications.tasks`. */
  field: string;
  address: string;
  /** The compiled contract's name; undefined where only the chain can say. */
  name: string | undefined;
  /** The functions that it is called by; undefined where any contract will do. */
  abi: Abi | undefined;
}

const TASKS = {
  main: contracts.TaskManager,
  relay: contracts.CrossChainManager,
  virtual: contracts.LearningSubchain,
  physical: contracts.LearningSubchain,
} as const;

/** The contracts of a chain, as its place in a network file has them. */
export function expectedContracts(place: ChainPlace): ExpectedContract[] {
  const { contracts: at, role, proofs } = place;
  const { gateway } = PROOF_KINDS[proofs];
  const own = (field: string, address: string, { name, abi }: AnyContract) => ({ field, address, name, abi });
  const found: ExpectedContract[] = [
    { ...own("gateway", at.gateway, contracts.Gateway), name: gateway },
    own("verifier", at.verifier, contracts.CheckpointVerifier),
  ];
  if (at.headerVerifier !== undefined)
    found.push(own("headerVerifier", at.headerVerifier, contracts.HeaderVerifier));
  for (const [name, address] of Object.entries(at.applications)) {
    const field = `applications.${name}`;
    found.push(
      name === "tasks"
        ? own(field, address, TASKS[role])
        : { field, address, name: undefined, abi: undefined },
    );
  }
  if (role === "main") {
    found.push(own("escrow", at.escrow, contracts.RewardEscrow), {
      field: "token",
      address: at.token,
      // Whoever issued it, and perhaps behind a proxy: it is asked, not looked through.
      name: undefined,
      abi: undefined,
    });
  }
  if (role === "virtual" || role === "physical")
    found.push(own("registry", at.registry, contracts.WorkerRegistry));
  const [field, kind, mechanisms] =
    "policies" in at
      ? (["policies", "policy", at.policies] as const)
      : (["meters", "meter", at.meters] as const);
  for (const [name, address] of Object.entries(mechanisms)) {
    const mechanism = MECHANISMS.find((one) => one.name === name);
    const contract = mechanism?.contracts[kind];
    found.push({
      field: `${field}.${name}`,
      address,
      name: contract?.name,
      abi: contract?.abi,
    });
  }
  return found;
}
