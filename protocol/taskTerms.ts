import { AbiCoder, id } from "ethers";

/** Times of a task; absolute times are Unix seconds, durations seconds (contracts/types/TaskTypes.sol). */
export interface Schedule {
  startTime: number;
  deadline: number;
  epochSeconds: number;
  commitSeconds: number;
  revealSeconds: number;
  reportSeconds: number;
  claimSeconds: number;
}

/** What a publisher fixes about a task on chain (contracts/types/TaskTypes.sol). */
export interface TaskTerms {
  specDigest: string;
  initialModel: string;
  policy: string;
  rounds: number;
  targetAccuracyBps: number;
  quorumBps: number;
  minUpdates: number;
  attestations: number;
  maxWorkers: number;
  maxSamples: number;
  schedule: Schedule;
  subchains: bigint[];
  aggregators: string[];
}

/** An item of the AoI contract's menu (contracts/interfaces/IAoIContractPolicy.sol). */
export interface MenuItem {
  /** θ_n, seconds. */
  period: number;
  /** R_n for an epoch, wei. */
  reward: bigint;
  /** δ_n of the type it is meant for, wei an update. */
  cost: bigint;
}

/** Terms of the AoI contract. */
export interface AoITerms {
  /** B ≥ 1, wei. */
  bonus: bigint;
  menu: MenuItem[];
}

export const SCHEDULE_TYPE =
  "tuple(uint64 startTime, uint64 deadline, uint32 epochSeconds, uint32 commitSeconds, uint32 revealSeconds, uint32 reportSeconds, uint32 claimSeconds)";
export const TASK_TERMS_TYPE = `tuple(bytes32 specDigest, bytes32 initialModel, bytes4 policy, uint16 rounds, uint16 targetAccuracyBps, uint16 quorumBps, uint16 minUpdates, uint16 attestations, uint32 maxWorkers, uint32 maxSamples, ${SCHEDULE_TYPE} schedule, uint64[] subchains, address[] aggregators)`;
const AOI_TERMS_TYPE = "tuple(uint96 bonus, tuple(uint32 period, uint96 reward, uint96 cost)[] menu)";

/** Id of the AoI contract among the reward policies. */
export const AOI_CONTRACT_POLICY = id("freshet.policy.aoi-contract").slice(0, 10);

/** Encodes the AoI contract's terms for `publish`. */
export function encodeAoITerms(terms: AoITerms): string {
  return AbiCoder.defaultAbiCoder().encode([AOI_TERMS_TYPE], [terms]);
}

/** Decodes the AoI contract's terms. */
export function decodeAoITerms(encoded: string): AoITerms {
  const [{ bonus, menu }] = AbiCoder.defaultAbiCoder().decode([AOI_TERMS_TYPE], encoded);
  return {
    bonus,
    menu: [...menu].map(({ period, reward, cost }) => ({ period: Number(period), reward, cost })),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: ethers' decoded tuples are untyped
type Decoded = any;

/** Plain terms from ethers' decoded tuple. */
export function toTaskTerms(decoded: unknown): TaskTerms {
  const terms = decoded as Decoded;
  const { schedule } = terms;
  return {
    specDigest: terms.specDigest,
    initialModel: terms.initialModel,
    policy: terms.policy,
    rounds: Number(terms.rounds),
    targetAccuracyBps: Number(terms.targetAccuracyBps),
    quorumBps: Number(terms.quorumBps),
    minUpdates: Number(terms.minUpdates),
    attestations: Number(terms.attestations),
    maxWorkers: Number(terms.maxWorkers),
    maxSamples: Number(terms.maxSamples),
    schedule: {
      startTime: Number(schedule.startTime),
      deadline: Number(schedule.deadline),
      epochSeconds: Number(schedule.epochSeconds),
      commitSeconds: Number(schedule.commitSeconds),
      revealSeconds: Number(schedule.revealSeconds),
      reportSeconds: Number(schedule.reportSeconds),
      claimSeconds: Number(schedule.claimSeconds),
    },
    subchains: [...terms.subchains],
    aggregators: [...terms.aggregators],
  };
}
