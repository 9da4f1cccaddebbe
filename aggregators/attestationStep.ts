import { ZeroHash } from "ethers";
import type { AttemptState } from "../chains/clients/MainChain.ts";

/** How an aggregator stands in the attempts to agree on a round. Times are Unix seconds. */
export interface AttestationState {
  /** The latest attempt. */
  attempt: AttemptState["attempt"];
  /** What this aggregator committed to in it and has not opened; zero when nothing. */
  committed: string;
  /** What it would commit to in it now. */
  mine: string;
  now: number;
  /** The task's. */
  reportSeconds: number;
}

/** What an aggregator does next. */
export type AttestationStep =
  | { kind: "commit"; attempt: number }
  | { kind: "attest" }
  /** Without `until` it waits for others. */
  | { kind: "wait"; until: number | undefined };

/**
 * The next step of an aggregator that knows what a round produced (contracts/main/Agreement.sol).
 *
 * @example attestationStep({ attempt, committed: ZeroHash, mine, now, reportSeconds }) // { kind: "commit", attempt: 0 }
 */
export function attestationStep({
  attempt,
  committed,
  mine,
  now,
  reportSeconds,
}: AttestationState): AttestationStep {
  const { number, opensAt } = attempt;
  if (opensAt === 0 || now < opensAt) {
    if (committed !== mine) return { kind: "commit", attempt: number };
    return { kind: "wait", until: opensAt === 0 ? undefined : opensAt };
  }
  // Also late: it counts until somebody begins the next attempt.
  if (committed !== ZeroHash && committed === mine) return { kind: "attest" };
  const over = opensAt + reportSeconds * 2 ** number;
  const differed = number === 0 && attempt.attested === attempt.committed;
  if (differed || now >= over) return { kind: "commit", attempt: number + 1 };
  return { kind: "wait", until: over };
}
