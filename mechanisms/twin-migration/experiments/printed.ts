/** What the paper says of its figures; none of its axes is in the text, and of most figures only who is above whom. */

/** Who the paper compares MO-MADDPG with. */
export const PRINTED_BASELINES = ["MADDPG", "MADQN", "GA"] as const;

/** A claim of how much better MO-MADDPG is than other methods. */
export interface PrintedGain {
  readonly id: string;
  readonly metric: "reward" | "latency" | "migrationLatency" | "cost" | "ux" | "msr" | "utilisation";
  /** As a share of what others come to. */
  readonly gain: number;
  /** `up to`: against the worst of them. `by`: against each. */
  readonly kind: "by" | "up to";
  readonly text: string;
}

export const PRINTED_GAINS: readonly PrintedGain[] = [
  { id: "latency", metric: "latency", gain: 0.128, kind: "by", text: "latency less by 12.8 % (abstract)" },
  {
    id: "utilization",
    metric: "utilisation",
    gain: 0.097,
    kind: "by",
    text: "resource utilization more by 9.7 % (abstract)",
  },
  { id: "cost", metric: "cost", gain: 0.142, kind: "by", text: "migration cost less by 14.2 % (abstract)" },
  {
    id: "cost, best",
    metric: "cost",
    gain: 0.3,
    kind: "up to",
    text: "migration cost less by up to 30 % (Section V)",
  },
  { id: "UX", metric: "ux", gain: 0.161, kind: "by", text: "UX more by 16.1 % (abstract)" },
  {
    id: "reward",
    metric: "reward",
    gain: 0.32,
    kind: "up to",
    text: "reward more by up to 32 % (Section V)",
  },
  {
    id: "MSR",
    metric: "msr",
    gain: 0.3,
    kind: "up to",
    text: "success rate more by up to 30–35 % (Section V)",
  },
];

/** What every figure of the reproduction leaves to the reading of the paper. */
export const INFERRED = [
  "utilities, channels, triggers of migrations, what a success is, and weights of objectives: the paper gives none (design of the environment in docs/mechanisms/twin-migration.md)",
  "20 vehicles, 4 RSUs and 2 clouds with the load of 100/10/3, where the learners train",
  "all networks, and 60 to 300 training episodes of batch 32 where the paper has 3,000 of batch 128",
  "the printed axes, which are not in the text: orders are checked",
];
