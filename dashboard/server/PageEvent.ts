import type { AuditReport } from "../../audit/AuditReport.ts";

/** What happens to a page's server. */
export type PageEvent =
  /** A question was answered, refusals among them; how long that took. */
  | { type: "answered"; status: number; milliseconds: number }
  /** Somebody who looked on read too little. */
  | { type: "viewer-dropped" }
  /** Blocks of a chain that were shown were replaced by others, which are read. */
  | { type: "branch-replaced"; chain: string }
  /** An audit that somebody asked for is over; `failed`: it could not be made. */
  | { type: "audit-ended"; outcome: AuditReport["outcome"] | "failed" }
  /** Something failed that is the server's own fault; it goes on. */
  | { type: "trouble"; error: unknown };

export type PageListener = (event: PageEvent) => void;
