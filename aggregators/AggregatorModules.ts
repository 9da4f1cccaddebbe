import type { Signer } from "ethers";

import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import type { HeldOutData } from "../tasks/TaskData.ts";
import type { AggregatorListener } from "./AggregatorEvent.ts";
import type { ReceiptIssuer } from "./ReceiptIssuer.ts";

/** A subchain with a follower of its events. */
export interface FollowedSubchain {
  subchain: Subchain;
  follower: ChainFollower;
}

/** What an aggregator works with. */
export interface AggregatorModules {
  account: ChainAccount;
  /** Tokens that are worth working for, addresses: anybody may name any aggregator in a task. */
  tokens: readonly string[];
  /** Signs with its key, so that a restarted aggregator finds again what it committed with. */
  signer: Signer;
  main: MainChain;
  mainFollower: ChainFollower;
  subchains: readonly FollowedSubchain[];
  storage: ContentStore;
  /** Where updates are found that aggregators hold. */
  updates: Pick<ContentStore, "get">;
  /** Gives receipts for the updates of tasks that this aggregator works for. */
  receipts: Pick<ReceiptIssuer, "open" | "close">;
  pool: Pick<ComputePool, "evaluate" | "evaluateEach">;
  /** The held-out samples of a data set, to evaluate with. */
  heldOutData: HeldOutData;
  listener: AggregatorListener;
  clock: Clock;
}
