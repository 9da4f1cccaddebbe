import type { Artifact } from "@nomicfoundation/ignition-core";

import type { AnyContract } from "../protocol/ContractAbi.ts";

/** A mechanism's contracts; each is deployed without arguments. */
export interface MechanismContracts {
  /** Behind IRewardPolicy, on the main and the relay chain. */
  readonly policy: AnyContract;
  /** Behind IMeter, on every subchain. */
  readonly meter: AnyContract;
  /** Where they are not among this project's own, which are found by their names. */
  readonly artifacts?: { readonly policy: Artifact; readonly meter: Artifact };
}
