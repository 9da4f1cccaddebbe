/** What a deployment tells while it is under way. */
export type DeployEvent =
  | { type: "checked"; chain: string }
  /** All contracts of a chain are there. */
  | { type: "deployed"; chain: string; contracts: number }
  | { type: "step"; chain: string; step: string }
  /** A chain knows the others. */
  | { type: "wired"; chain: string; steps: number }
  /** A chain's contracts have their owner, and the deployer keeps nothing. */
  | { type: "handed-over"; chain: string; owner: string };
