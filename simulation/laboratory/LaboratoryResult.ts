/** What came of a setting with a seed: plain data, as JSON has it. Amounts are wei, decimal. */
export interface LaboratoryResult {
  readonly seed: number;
  /** A mechanism's name, or a baseline's. */
  readonly mechanism: string;
  /** What the mechanism could have cost at the most, or the budget that a baseline divided. */
  readonly worstCase: string;
  /** All pays together. */
  readonly spent: string;
  /** Storage digest of the model after the last round. */
  readonly model: string;
  /** In their order. */
  readonly rounds: readonly LaboratoryRound[];
  /** By their numbers. */
  readonly clients: readonly LaboratoryClient[];
  /** What was assumed of pay, in sentences. */
  readonly assumptions: readonly string[];
  /**
   * The same in numbers, for tables: `score` and the metrics of the model after the last round, `spentTokens`, `costTokens`,
   * `utilityTokens` (a mean over all clients, 0 of who stayed away), `enrolled` and `left` (shares of the clients),
   * `updates` (share of those that the enrolled could have sent).
   */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A round. */
export interface LaboratoryRound {
  /** From 0. */
  readonly round: number;
  /** Accuracy of a classification, otherwise the model's score (`scoreName`), on held-out samples after the round. */
  readonly score: number;
  /** By name, as an evaluation has them: `crossEntropy` and others. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Updates that it was made of. */
  readonly updates: number;
  /** Their bytes together. */
  readonly bytes: number;
}

/** What a client did, and what it got for it. */
export interface LaboratoryClient {
  /** From 0. */
  readonly client: number;
  /** Of its population. */
  readonly group: string;
  /** Kinds of its behaviours. */
  readonly behaviours: readonly string[];
  readonly isEnrolled: boolean;
  /** Why it stayed away, or what its pay follows from. */
  readonly why: string;
  readonly refreshes: number;
  /** Updates that it sent, and those of them that rounds took. */
  readonly updates: number;
  readonly accepted: number;
  /** Of its updates together. */
  readonly samples: number;
  readonly pay: string;
  /** Of its refreshes and updates. */
  readonly cost: string;
  /** pay − cost. */
  readonly utility: string;
}
