import type { ProofScheme } from "../ProofScheme.ts";
import { HeaderProver } from "./HeaderProver.ts";
import { headerEvidence } from "./headerEvidence.ts";
import { headerVouching } from "./headerVouching.ts";
import { headerWire } from "./headerWire.ts";

/** Messages are proven by the receipts of their blocks, of origins whose gateways keep no outbox. */
export const headerScheme: ProofScheme = {
  kind: "header",
  vouching: headerVouching,
  wire: headerWire,
  evidence: headerEvidence,
  prover: (modules) => new HeaderProver(modules),
  proves: (message, { announcements, facts }) =>
    announcements
      .placesOf(message)
      .some(({ number, hash }) => facts.fact("header", message.origin, number, hash) !== undefined),
  // Each block is attested by itself: nothing is proven up to a place.
  progress: (origin, facts) => (facts.after("header", origin, -1, 1).length > 0 ? "" : undefined),
};
