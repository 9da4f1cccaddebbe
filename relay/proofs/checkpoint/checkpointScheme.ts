import type { ProofScheme } from "../ProofScheme.ts";
import { CheckpointProver } from "./CheckpointProver.ts";
import { checkpointEvidence } from "./checkpointEvidence.ts";
import { checkpointVouching } from "./checkpointVouching.ts";
import { checkpointWire } from "./checkpointWire.ts";

/** Messages are proven under the root of the gateway's outbox: one checkpoint proves all before it. */
export const checkpointScheme: ProofScheme = {
  kind: "checkpoint",
  vouching: checkpointVouching,
  wire: checkpointWire,
  evidence: checkpointEvidence,
  prover: (modules) => new CheckpointProver(modules),
  proves: ({ origin, nonce }, { facts }) => nonce <= (facts.newest("checkpoint", origin, 1)[0]?.place ?? -1),
  progress(origin, facts) {
    const [newest] = facts.newest("checkpoint", origin, 1);
    return newest && `proven up to ${newest.place}`;
  },
};
