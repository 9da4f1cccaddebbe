import type { MigrationOutcome } from "../encodings.ts";

/** What parties tell of themselves, as it happens. Numbers of migrations are text, money is micro-$. */
export type PartyEvent =
  | { type: "ready"; role: string; name: string; address: string }
  | {
      type: "moving";
      migration: string;
      step: number;
      x: number;
      y: number;
      from: string | undefined;
      to: string;
      /** Why, in a few words. */
      why: string;
      /** Whether its host is out of reach, so that the twin begins anew: what the market counts as missed. */
      lost?: true;
      /**
       * What the rule expected of staying and of the new host, s of service; staying is missing without a host, both are
       * where a learned policy decided.
       */
      stayCost: number | undefined;
      moveCost: number | undefined;
      reputation: number;
      escrow: string;
    }
  | {
      type: "moved";
      migration: string;
      step: number;
      from: string | undefined;
      to: string;
      outcome: MigrationOutcome | "pending";
      latencyMs: number;
      /** What the vehicle paid, and what it got of the server's bond. */
      paid: string;
      compensated: string;
      crossed: boolean;
    }
  /** A server did not say what the vehicle saw; and what became of the migration at last. */
  | { type: "disputed"; migration: string; server: string; why: string }
  | { type: "resolved"; migration: string; outcome: MigrationOutcome }
  | { type: "rejected"; migration: string; step: number; to: string }
  | { type: "arrived"; steps: number; synchronizations: number }
  | { type: "offered"; epoch: number; theta: number; wholesale: number; own: number; capacity: number }
  | { type: "accepted"; migration: string }
  | { type: "gave-up"; migration: string }
  | { type: "released"; migration: string; stateHash: string }
  | { type: "took-on"; migration: string; stateHash: string }
  | { type: "dropped"; vehicle: string }
  | { type: "anchored"; epoch: number; count: number; root: string }
  | { type: "expired"; migration: string; was: string }
  | { type: "collected"; migrations: number }
  | { type: "trouble"; error: unknown };

/** Hears what a party tells. */
export type PartyListener = (event: PartyEvent) => void;
