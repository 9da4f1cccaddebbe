import { getAddress } from "ethers";

import { eventsFrom } from "../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type { ContractEvidence } from "../../mechanisms/MechanismAudit.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";

/** Where the network file has the mechanisms' contracts on a chain, by mechanism. */
export function mechanismAddresses({ contracts }: ChainPlace): {
  kind: "policy" | "meter";
  addresses: Readonly<Record<string, string>>;
} {
  return "meters" in contracts
    ? { kind: "meter", addresses: contracts.meters }
    : { kind: "policy", addresses: contracts.policies };
}

/**
 * A mechanism's contract on a chain: its policy on main and relay, its meter on subchains.
 *
 * @throws AuditFailure when the network file names none.
 */
export function mechanismContract(chain: ChainEvidence, { name, contracts }: Mechanism): ContractEvidence {
  const { place } = chain;
  const { kind, addresses } = mechanismAddresses(place);
  const contract = contracts[kind];
  const address = addresses[name];
  if (address === undefined) {
    throw new AuditFailure(
      `The network file names no ${kind} on ${chain.name} for the task's mechanism, ${name}.`,
    );
  }
  return {
    chain: chain.name,
    address,
    application: getAddress(applicationOf(place)),
    events: (event) =>
      eventsFrom(contract, chain.mechanismEvents)
        .filter((other) => other.name === event && isSameAddress(other.address, address))
        .map(({ args }) => args),
    read: async (method, ...values) => chain.read(contract, address, method, values),
  };
}
