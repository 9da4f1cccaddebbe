import type { TableDefinition } from "../../reports/exports/DataTable.ts";

const TASK = { type: "whole", about: "number of the task" } as const;
const ROUND = { type: "whole", about: "round, from 1" } as const;
const WORKER = { type: "text", about: "address of the worker" } as const;
const CHAIN = { type: "text", about: "name of the worker's subchain" } as const;
const BLOCK = { type: "whole", about: "number of its block" } as const;
const TRANSACTION = { type: "text", about: "hash of its transaction" } as const;

export const TASK_TABLE = {
  name: "tasks",
  about: "a task",
  columns: {
    task: TASK,
    name: { type: "text", about: "of its specification; empty where storage does not have it" },
    status: { type: "text", about: "Open, Completed, Expired or Rejected" },
    mechanism: { type: "text", about: "name, or the identifier of one that is not known here" },
    measure: {
      type: "text",
      about: "what its scores are called; empty where its specification cannot be read",
    },
    rounds_final: { type: "whole", about: "rounds that are final" },
    rounds_most: { type: "whole", about: "rounds that it may have" },
    workers: { type: "whole", about: "workers that enrolled" },
    starts_at: { type: "time", about: "when its first round opens" },
    ended_at: { type: "time", about: "when it ended; empty while it is open" },
    epoch_seconds: { type: "whole", about: "how long freshness is measured" },
    score: { type: "real", about: "of the last final round, 0 to 1" },
    funded_wei: { type: "wei", about: "put into its escrow" },
    paid_wei: { type: "wei", about: "paid to workers" },
    refunded_wei: { type: "wei", about: "taken back by the publisher" },
    spec_digest: { type: "text", about: "SHA-256 of its specification" },
  },
} as const satisfies TableDefinition;

export const ROUND_TABLE = {
  name: "rounds",
  about: "a round that the main chain opened, also one that is not final",
  columns: {
    task: TASK,
    round: ROUND,
    opened_at: { type: "time", about: "when it opened; empty where no subchain told" },
    final_at: { type: "time", about: "block time of its result; empty of a round without one" },
    score: { type: "real", about: "of its model on held-out data, 0 to 1" },
    committed: { type: "whole", about: "workers that committed to an update" },
    revealed: { type: "whole", about: "workers that revealed one" },
    accepted: { type: "whole", about: "updates that its model is made of" },
    attestations: { type: "whole", about: "aggregators that attested it" },
    model_digest: { type: "text", about: "SHA-256 of its model" },
    block: BLOCK,
    transaction: TRANSACTION,
  },
} as const satisfies TableDefinition;

export const UPDATE_TABLE = {
  name: "updates",
  about: "a worker in a round of its subchain that it could have taken part in, whether it did or not",
  columns: {
    task: TASK,
    round: ROUND,
    chain: CHAIN,
    worker: WORKER,
    opened_at: { type: "time", about: "when the round opened" },
    committed_at: { type: "time", about: "block time of its commitment; empty without one" },
    revealed_at: { type: "time", about: "block time of its reveal; empty without one" },
    accepted: {
      type: "yes-no",
      about: "whether the round's model has it; empty while the round is not final",
    },
    abandoned: { type: "yes-no", about: "whether the main chain went on without this subchain's round" },
    receipts: { type: "whole", about: "storage receipts that came with the reveal" },
  },
} as const satisfies TableDefinition;

export const REFRESH_TABLE = {
  name: "refreshes",
  about: "a refresh of a worker's data, as its subchain recorded it",
  columns: {
    task: TASK,
    chain: CHAIN,
    worker: WORKER,
    refresh: { type: "whole", about: "from 1" },
    at: { type: "time", about: "block time" },
    epoch_second: { type: "whole", about: "seconds since the epoch began" },
    block: BLOCK,
    transaction: TRANSACTION,
  },
} as const satisfies TableDefinition;

export const WORKER_TABLE = {
  name: "workers",
  about: "a worker of a task, with its pay",
  columns: {
    task: TASK,
    chain: CHAIN,
    worker: WORKER,
    standing: { type: "text", about: "running, settling, claimable, paid or lapsed" },
    enrolled_at: { type: "time", about: "block time" },
    refreshes: { type: "whole", about: "refreshes that were recorded" },
    accepted_rounds: { type: "whole", about: "rounds whose model has its update" },
    counted_rounds: { type: "whole", about: "rounds that pay is reckoned by" },
    possible_wei: { type: "wei", about: "what it could have earned" },
    earned_wei: { type: "wei", about: "what is left of that" },
    paid_wei: { type: "wei", about: "what it was paid; empty while it was not" },
    facts: { type: "text", about: "what the task's mechanism tells of it, JSON; amounts are wei, decimal" },
  },
} as const satisfies TableDefinition;

export const PAY_TABLE = {
  name: "pay",
  about:
    "a line of a worker's statement, as in `task statement --csv`: `wei` of the first (`possible`) and of those in between add up to that of the last (`earned`)",
  columns: {
    task: TASK,
    chain: CHAIN,
    worker: WORKER,
    line: { type: "whole", about: "of the worker's statement, from 1" },
    kind: { type: "text", about: "possible, earned, or what kind of thing was taken off" },
    state: { type: "text", about: "lost or open, of what was taken off" },
    round: { type: "whole", about: "round, from 1; empty where it is about none" },
    seconds: { type: "real", about: "seconds that it is about" },
    wei: { type: "wei", about: "with a minus where it was taken off" },
    left_wei: { type: "wei", about: "the sum so far" },
    text: { type: "text", about: "for people" },
  },
} as const satisfies TableDefinition;

/** The tables of `task export`, in the order of the documentation. */
export const TASK_TABLES: readonly TableDefinition[] = [
  TASK_TABLE,
  ROUND_TABLE,
  UPDATE_TABLE,
  REFRESH_TABLE,
  WORKER_TABLE,
  PAY_TABLE,
];
