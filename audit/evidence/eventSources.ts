import { toBeHex, zeroPadValue } from "ethers";

import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import { applicationOf, applicationPlace } from "../../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { verifiersOf } from "../../chains/networks/verifiersOf.ts";
import type { LogFilter } from "../../chains/rpc/logRange.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { mechanismAddresses } from "./mechanismContract.ts";

const { Gateway, TaskManager, LearningSubchain, CheckpointVerifier } = abis;

/** What happens to routes: by the owner, a guardian, or once by whoever proves two contradicting attestations. */
const ROUTE_EVENTS = [
  "RouteOpened",
  "VerifierChanged",
  "RoutePaused",
  "RouteUnpaused",
  "RouteFrozen",
  "RouteUnfrozen",
] as const;

/** The core's contracts of a chain. */
export function coreContractsOf(place: ChainPlace): ContractPlace[] {
  const { contracts } = place;
  const common = [
    { contract: Gateway, address: contracts.gateway },
    ...verifiersOf(place),
    applicationPlace(place),
  ];
  if (place.role === "relay") return common;
  if (place.role === "main") {
    return [...common, { contract: abis.RewardEscrow, address: place.contracts.escrow }];
  }
  return [...common, { contract: abis.WorkerRegistry, address: place.contracts.registry }];
}

/** The mechanisms' contracts of a chain. */
export function mechanismContractsOf(place: ChainPlace): ContractPlace[] {
  const { kind, addresses } = mechanismAddresses(place);
  return MECHANISMS.flatMap(({ name, contracts }) => {
    const address = addresses[name];
    return address === undefined ? [] : [{ contract: contracts[kind], address }];
  });
}

/**
 * Which logs of a chain an audit of a task keeps: those about the task, which has it as their first topic or after the
 * chain, the kind of message or the application that they name first; how chains are linked and verified, and who is
 * registered, which only owners change; and what the escrow holds. Of all other tasks, which anyone may publish, none.
 */
export function keptLogs(place: ChainPlace, task: bigint): LogFilter[] {
  const { contracts } = place;
  const application = applicationOf(place);
  const mechanisms = mechanismContractsOf(place).map(({ address }) => address);
  const id = toBeHex(task, 32);
  const filters: LogFilter[] = [
    { address: [application, ...mechanisms], topics: [null, id] },
    { address: application, topics: [null, null, id] },
    {
      address: [application, contracts.gateway, ...verifiersOf(place).map(({ address }) => address)],
      topics: [
        [
          TaskManager.topicOf("LinkRegistered"),
          TaskManager.topicOf("PolicyAdded"),
          LearningSubchain.topicOf("MeterAdded"),
          ...ROUTE_EVENTS.map((name) => Gateway.topicOf(name)),
          CheckpointVerifier.topicOf("ValidatorsChanged"),
        ],
      ],
    },
  ];
  if (mechanisms.length > 0) {
    filters.push({ address: mechanisms, topics: [null, zeroPadValue(application, 32), id] });
  }
  if ("escrow" in contracts) filters.push({ address: contracts.escrow });
  if ("registry" in contracts) filters.push({ address: contracts.registry });
  return filters;
}

/** What a gateway sends and delivers, for whomever. */
export function messageLogs({ contracts }: ChainPlace): LogFilter {
  const names = ["MessageInserted", "MessageSent", "MessageDelivered"] as const;
  return { address: contracts.gateway, topics: [names.map((name) => Gateway.topicOf(name))] };
}
