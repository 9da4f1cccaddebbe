import { BaseError } from "../../protocol/BaseError.ts";

/** Most endpoints of a chain that are asked the same. */
export const MOST_ENDPOINTS = 16;

/**
 * How many of a chain's endpoints must answer alike: as was asked for, or more than half of them. Half or fewer could be
 * had twice, by two answers that contradict each other; one alone is compared with nothing.
 *
 * @param count - How many endpoints there are.
 * @throws `READ_QUORUM_INVALID`.
 */
export function readQuorumOf(chain: string, count: number, asked?: number): number {
  const majority = Math.floor(count / 2) + 1;
  const quorum = asked ?? majority;
  if (count > MOST_ENDPOINTS) throw invalid(chain, `It has ${count} endpoints; most are ${MOST_ENDPOINTS}.`);
  if (quorum === 1 || (quorum >= majority && quorum <= count)) return quorum;
  throw invalid(chain, `Of ${count} it can be 1, or ${majority} to ${count}; it is ${quorum}.`);
}

function invalid(chain: string, details: string): BaseError {
  return new BaseError("READ_QUORUM_INVALID", `No quorum of ${chain}'s endpoints can be asked so.`, {
    details,
    next: "Correct readQuorum, or the endpoints, of the node file (docs/node-file.md).",
  });
}
