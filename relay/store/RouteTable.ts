import { LANE_NAMES, type LaneName } from "./lanes.ts";
import type { Statements } from "./Statements.ts";

/** Numbers of messages, kept by the database itself, so that nobody need go through them to know. */
export const ROUTE_TABLE = `
  CREATE TABLE route (
    origin TEXT NOT NULL, destination TEXT NOT NULL, lane INTEGER NOT NULL,
    sent INTEGER NOT NULL, open INTEGER NOT NULL, failing INTEGER NOT NULL,
    PRIMARY KEY (origin, destination, lane)
  ) WITHOUT ROWID;
  CREATE TRIGGER message_counted AFTER INSERT ON message BEGIN
    ${counting("new", 1)}
  END;
  CREATE TRIGGER message_uncounted AFTER DELETE ON message BEGIN
    ${counting("old", -1)}
  END;
  CREATE TRIGGER message_recounted AFTER UPDATE OF is_open, attempts, lane ON message
    WHEN (old.is_open, old.is_open AND old.attempts > 0, old.lane) <> (new.is_open, new.is_open AND new.attempts > 0, new.lane)
  BEGIN
    ${counting("old", -1)}
    ${counting("new", 1)}
  END;
`;

function counting(row: "old" | "new", times: 1 | -1): string {
  return `INSERT INTO route (origin, destination, lane, sent, open, failing)
      VALUES (${row}.origin, coalesce(${row}.destination, ''), ${row}.lane,
        ${times}, ${times} * ${row}.is_open, ${times} * (${row}.is_open AND ${row}.attempts > 0))
      ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, open = open + excluded.open,
        failing = failing + excluded.failing;`;
}

/** Messages by route and lane. */
export interface RouteCount {
  origin: bigint;
  /** Undefined of messages to no chain. */
  destination: bigint | undefined;
  lane: LaneName;
  sent: number;
  open: number;
  failing: number;
}

/** What is known of routes as a whole. */
export class RouteTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Numbers of messages by origin, destination and lane. */
  counts(): RouteCount[] {
    return this.#statements
      .all("SELECT * FROM route WHERE sent > 0 ORDER BY origin, destination, lane")
      .map((row) => ({
        origin: BigInt(row.origin),
        destination: row.destination === "" ? undefined : BigInt(row.destination),
        lane: LANE_NAMES[row.lane]!,
        sent: row.sent,
        open: row.open,
        failing: row.failing,
      }));
  }
}
