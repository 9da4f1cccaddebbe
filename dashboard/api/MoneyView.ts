import type { Place, Seconds, Wei } from "./values.ts";

/** Where a task's money went: funded = paid + refunded + held, to the wei. */
export interface MoneyView {
  taskId: string;
  /** Address of the ERC-20, and its short name where it has one. */
  token: { address: string; symbol: string | null; decimals: number };
  funded: Wei;
  paid: Wei;
  refunded: Wei;
  held: Wei;
  /** As TaskLive.held. */
  heldUntil: { until: Seconds | null; why: "claims" | "settlements" | "route" } | null;
  /** What may still be claimed of what is held; null where nobody can say. */
  due: Wei | null;
  /** For a Sankey: from the publisher over the escrow, and over subchains, to workers and back. Sums hold at each node. */
  flows: MoneyFlow[];
  /** In the order of the escrow's events. */
  movements: (Place & { kind: "funded" | "paid" | "refunded"; who: string; amount: Wei })[];
  payments: PaymentView[];
}

/** A part of the money that goes from one node to another. Nodes are named by `kind` and, where there are many, `name`. */
export interface MoneyFlow {
  from: MoneyNode;
  to: MoneyNode;
  amount: Wei;
}

export interface MoneyNode {
  kind: "publisher" | "escrow" | "subchain" | "worker" | "refunded" | "held";
  /** Address or name of a chain; empty of `escrow`, `refunded`, `held`. */
  name: string;
}

/** A worker's pay, and why it is so much. */
export interface PaymentView {
  worker: string;
  chain: string;
  amount: Wei;
  acceptedRounds: number;
  claim: Place;
  /** Null where the mechanism is not known here. */
  formula: Formula | null;
}

/** A formula with its numbers. */
export interface Formula {
  /** In symbols, such as "⌊R·c·a / (T·K)⌋ + B". */
  symbols: string;
  /** The same with its numbers. */
  numbers: string;
  /** What each symbol is here. */
  terms: { symbol: string; value: string; unit: string; meaning: string }[];
  /** What comes out; null while something that it takes is not known here. */
  result: Wei | null;
  /** Whether that is the amount that was paid; null without a result. */
  agrees: boolean | null;
  /** What is missing for a result, or anything else to know. */
  note: string | null;
}
