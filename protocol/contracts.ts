import type { Abi } from "abitype";

import { CheckpointVerifier } from "./abi/CheckpointVerifier.ts";
import { CreditCheck } from "./abi/CreditCheck.ts";
import { CrossChainManager } from "./abi/CrossChainManager.ts";
import { Gateway } from "./abi/Gateway.ts";
import { HeaderVerifier } from "./abi/HeaderVerifier.ts";
import { IMeter } from "./abi/IMeter.ts";
import { LearningSubchain } from "./abi/LearningSubchain.ts";
import { LocalToken } from "./abi/LocalToken.ts";
import { RewardEscrow } from "./abi/RewardEscrow.ts";
import { TaskManager } from "./abi/TaskManager.ts";
import { TermsCheck } from "./abi/TermsCheck.ts";
import { TimelockController } from "./abi/TimelockController.ts";
import { WorkerRegistry } from "./abi/WorkerRegistry.ts";
import type { EventOf } from "./abiTypes.ts";
import { type AnyEvent, ContractAbi } from "./ContractAbi.ts";

/** The core's contracts that programs talk to. A mechanism has its own in its room. */
export const contracts = {
  CheckpointVerifier: new ContractAbi(CheckpointVerifier),
  CreditCheck: new ContractAbi(CreditCheck),
  CrossChainManager: new ContractAbi(CrossChainManager),
  Gateway: new ContractAbi(Gateway),
  HeaderVerifier: new ContractAbi(HeaderVerifier),
  IMeter: new ContractAbi(IMeter),
  LearningSubchain: new ContractAbi({ ...LearningSubchain, places: ["round"] }),
  LocalToken: new ContractAbi(LocalToken),
  RewardEscrow: new ContractAbi(RewardEscrow),
  TaskManager: new ContractAbi({ ...TaskManager, places: ["round", "open"] }),
  TermsCheck: new ContractAbi(TermsCheck),
  TimelockController: new ContractAbi(TimelockController),
  WorkerRegistry: new ContractAbi(WorkerRegistry),
} as const;

type Contracts = typeof contracts;
export type ContractName = keyof Contracts;

/** The events of a contract. */
export type EventsOf<C> = C extends { name: infer N extends string; abi: infer A extends Abi }
  ? string extends N
    ? AnyEvent
    : EventOf<N, A>
  : never;

/** An event of one of the core's contracts: `name` says what `args` it has, with `contract` where two have one of it. */
export type ContractEvent = { [N in ContractName]: EventsOf<Contracts[N]> }[ContractName];
