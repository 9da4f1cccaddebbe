import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { networkOf } from "../learning/models/networkOf.ts";
import type { ShortRewardTime, TaskFrame } from "../mechanisms/MechanismTask.ts";
import { mechanismId } from "../mechanisms/mechanismId.ts";
import { mechanismNamed } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import { samplingTerms } from "./samplingTerms.ts";
import { shareTerms } from "./shareTerms.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What `publish` takes, built from a specification. */
export interface Publication {
  terms: TaskTerms;
  /** What the task's mechanism decodes, hex. */
  mechanismTerms: string;
  token: string;
  /** Escrow, wei. */
  budget: bigint;
}

/** What a task's mechanism may go by. */
function frameOf(spec: TaskSpec): TaskFrame {
  return {
    epochSeconds: spec.schedule.epochSeconds,
    rounds: spec.rounds,
    maxWorkers: spec.maxWorkers,
    subchains: spec.subchains.length,
    maxSamples: spec.training.samplesPerRound,
    samples: spec.sampling !== undefined,
    predicts: networkOf(spec.model).task,
  };
}

/**
 * What a publisher should know of a task before it is published, in sentences; its mechanism says it.
 *
 * @throws BaseError when the mechanism's policy would refuse it.
 */
export function publicationWarnings(spec: TaskSpec): string[] {
  const { task } = mechanismNamed(spec.reward.policy);
  return task.warnings?.(spec.reward, frameOf(spec)) ?? [];
}

/** Times of a task's reward that its chains cannot keep; see `MechanismTask.shortTimes`. */
export function shortRewardTimes(spec: TaskSpec, heardSeconds: number): readonly ShortRewardTime[] {
  const { task } = mechanismNamed(spec.reward.policy);
  return task.shortTimes?.(spec.reward, frameOf(spec), heardSeconds) ?? [];
}

/**
 * Builds a task's on-chain terms.
 *
 * @param now - Time of the main chain, Unix seconds.
 * @param publisher - Address of who will publish it.
 * @throws `UNKNOWN_SUBCHAIN`, `TOO_FEW_AGGREGATORS`, and what the mechanism throws where there are no such terms.
 */
export function buildTerms(
  spec: TaskSpec,
  network: NetworkFile,
  digests: { specDigest: string; initialModel: string },
  now: number,
  publisher?: string,
): Publication {
  const { schedule, reward } = spec;
  const subchains = spec.subchains.map((name) => {
    const place = network.subchains.find((other) => other.name === name);
    if (place !== undefined) return BigInt(place.chainId);
    throw new BaseError("UNKNOWN_SUBCHAIN", `There is no subchain ${name} in this network.`, {
      details: `It has ${network.subchains.map((other) => other.name).join(", ")}.`,
      next: "Correct the task's subchains.",
    });
  });
  if (network.aggregators.length < spec.aggregators.of) {
    throw new BaseError("TOO_FEW_AGGREGATORS", `The task asks for ${spec.aggregators.of} aggregators.`, {
      details: `The network has ${network.aggregators.length}.`,
      next: "Lower aggregators.of, or configure more aggregators.",
    });
  }
  const { encoded, worstCase } = mechanismNamed(reward.policy).task.terms(reward, {
    ...frameOf(spec),
    publisher,
  });
  return {
    terms: {
      ...digests,
      mechanism: mechanismId(reward.policy),
      rounds: spec.rounds,
      ...shareTerms(spec),
      minUpdates: spec.minUpdates,
      attestations: spec.aggregators.attestations,
      maxWorkers: spec.maxWorkers,
      maxSamples: spec.training.samplesPerRound,
      ...samplingTerms(spec),
      schedule: {
        startTime: now + schedule.enrolSeconds,
        deadline: now + schedule.deadlineSeconds,
        epochSeconds: schedule.epochSeconds,
        commitSeconds: schedule.commitSeconds,
        revealSeconds: schedule.revealSeconds,
        reportSeconds: schedule.reportSeconds,
        claimSeconds: schedule.claimSeconds,
      },
      subchains,
      aggregators: network.aggregators.slice(0, spec.aggregators.of).map(({ address }) => address),
    },
    mechanismTerms: encoded,
    token: reward.token ?? network.main.contracts.token,
    budget: reward.budget === undefined ? worstCase : BigInt(reward.budget),
  };
}
