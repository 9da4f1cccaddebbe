import type { AnyContract } from "../protocol/ContractAbi.ts";

/** A mechanism's contracts; each is deployed without arguments, from the artifact of its name. */
export interface MechanismContracts {
  /** Behind IRewardPolicy, on the main and the relay chain. */
  readonly policy: AnyContract;
  /** Behind IMeter, on every subchain. */
  readonly meter: AnyContract;
}
