import type { AuditedSubchain } from "../../../mechanisms/MechanismAudit.ts";

/** A subchain on which nothing happened that a mechanism looks at. */
export const EMPTY_SUBCHAIN: AuditedSubchain = {
  chainId: 3n,
  address: `0x${"33".repeat(20)}`,
  rounds: [],
  commits: [],
};
