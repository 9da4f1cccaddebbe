import type { TableDefinition } from "../../reports/exports/DataTable.ts";

const SWEEP = { type: "text", about: "name of the sweep" } as const;

export const SWEEP_RUN_TABLE = {
  name: "sweep_runs",
  about: "a run, also one that failed or was not made",
  columns: {
    sweep: SWEEP,
    run: { type: "text", about: "its name: the digest of its settings, and of its file" },
    keys: { type: "text", about: "what tells its setting apart, JSON by column" },
    seed: { type: "whole", about: "its seed" },
    state: { type: "text", about: "finished, failed or missing" },
    error: { type: "text", about: "code of the error of one that failed" },
    setting: { type: "text", about: "all of its setting, JSON" },
    data: { type: "text", about: "digest of the data that it saw" },
    more: { type: "text", about: "what else it tells, JSON" },
  },
} as const satisfies TableDefinition;

export const SWEEP_CURVE_TABLE = {
  name: "sweep_curves",
  about: "a point of a curve of a run",
  columns: {
    sweep: SWEEP,
    run: { type: "text", about: "name of the run" },
    keys: { type: "text", about: "what tells its setting apart, JSON by column" },
    seed: { type: "whole", about: "its seed" },
    curve: { type: "text", about: "name of the curve" },
    x: { type: "real", about: "where, for example the round" },
    y: { type: "real", about: "in its own unit; empty where it is no number" },
  },
} as const satisfies TableDefinition;

export const SWEEP_GROUP_TABLE = {
  name: "sweep_groups",
  about: "clients of a run that are alike, in runs of a population",
  columns: {
    sweep: SWEEP,
    run: { type: "text", about: "name of the run" },
    keys: { type: "text", about: "what tells its setting apart, JSON by column" },
    seed: { type: "whole", about: "its seed" },
    group: { type: "text", about: "name of the group" },
    clients: { type: "whole", about: "how many they are" },
    enrolled: { type: "real", about: "share of them that took part" },
    accepted: { type: "real", about: "updates a client that rounds took" },
    pay_tokens: { type: "real", about: "mean over the group; in wei, a client, in the run's file" },
    cost_tokens: { type: "real", about: "the same of what it cost them" },
    utility_tokens: { type: "real", about: "pay less cost" },
  },
} as const satisfies TableDefinition;

export const SWEEP_TEST_TABLE = {
  name: "sweep_tests",
  about: "a comparison of two settings that differ in one column, over the seeds",
  columns: {
    sweep: SWEEP,
    metric: { type: "text", about: "what was compared" },
    column: { type: "text", about: "what they differ in" },
    value: { type: "text", about: "of the one" },
    against: { type: "text", about: "of the other: the column's first value" },
    elsewhere: { type: "text", about: "what both have in the other columns, JSON" },
    pairs: { type: "whole", about: "seeds with which both ended with a number" },
    mean: { type: "real", about: "mean of the differences, in the metric's own unit" },
    deviation: { type: "real", about: "their sample standard deviation" },
    above: { type: "whole", about: "pairs with a difference above 0" },
    p_student: { type: "real", about: "of the paired t-test, two-sided" },
    p_signs: { type: "real", about: "of the sign-flip test, two-sided" },
    p_adjusted: { type: "real", about: "by Holm, for all tests of the sweep" },
    holds: { type: "text", about: "yes: better; no: worse; undecided" },
  },
} as const satisfies TableDefinition;

/** The tables of a sweep besides those of `experiment export`, in the order of the documentation. */
export const SWEEP_TABLES: readonly TableDefinition[] = [
  SWEEP_RUN_TABLE,
  SWEEP_CURVE_TABLE,
  SWEEP_TEST_TABLE,
];
