import type { FinalityRule } from "../chains/clients/finality.ts";
import type { GatewayClient } from "../chains/clients/GatewayClient.ts";
import type { HintSource } from "./Hints.ts";

/** A chain that a relayer reads from and delivers to. */
export interface RelayedChain {
  gateway: GatewayClient;
  /** Block in which the gateway was deployed, or one before. */
  fromBlock: number;
  finality: FinalityRule;
  /** Told when an endpoint announces a new block; nobody is unless given. */
  onHead?: HintSource | undefined;
  /**
   * ERC-7930 addresses of the network's applications on it, whose messages to each other come first; undefined where all
   * that sends and receives is the network's. Messages for others are known and can be delivered by whoever wants them.
   */
  applications: readonly string[] | undefined;
}
