import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { AOI_CONTRACT_POLICY, encodeAoITerms } from "../mechanisms/aoi-contract/aoiTerms.ts";
import { menuTerms } from "../mechanisms/aoi-contract/menuTerms.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What `publish` takes, built from a specification. */
export interface Publication {
  terms: TaskTerms;
  policyTerms: string;
  token: string;
  /** Escrow, wei. */
  budget: bigint;
}

/**
 * Builds a task's on-chain terms.
 *
 * @param now - Time of the main chain, Unix seconds.
 * @throws `UNKNOWN_SUBCHAIN`, `TOO_FEW_AGGREGATORS`, `MENU_INFEASIBLE`.
 */
export function buildTerms(
  spec: TaskSpec,
  network: NetworkFile,
  digests: { specDigest: string; initialModel: string },
  now: number,
): Publication {
  const { schedule } = spec;
  const aoiTerms = menuTerms(spec);
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
  const mostAWorker =
    aoiTerms.menu.reduce((most, { reward }) => (reward > most ? reward : most), 0n) + aoiTerms.bonus;
  const worstCase = mostAWorker * BigInt(spec.maxWorkers) * BigInt(subchains.length);
  return {
    terms: {
      ...digests,
      policy: AOI_CONTRACT_POLICY,
      rounds: spec.rounds,
      targetAccuracyBps: Math.round((spec.targetAccuracy ?? 0) * 10_000),
      quorumBps: Math.round(spec.quorum * 10_000),
      minUpdates: spec.minUpdates,
      attestations: spec.aggregators.attestations,
      maxWorkers: spec.maxWorkers,
      maxSamples: spec.training.samplesPerRound,
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
      aggregators: network.aggregators.slice(0, spec.aggregators.of),
    },
    policyTerms: encodeAoITerms(aoiTerms),
    token: spec.reward.token ?? network.main.contracts.token,
    budget: spec.reward.budget === undefined ? worstCase : BigInt(spec.reward.budget),
  };
}
