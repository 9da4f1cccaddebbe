/** Contracts whose messages are the network's own, in lower case; "*" for all that there are. */
export const APPLICATION_TABLE = `
  CREATE TABLE application (address TEXT PRIMARY KEY) WITHOUT ROWID;
`;

/**
 * Messages of a route that are delivered apart from each other, so that one kind never waits for another: those of the
 * network, from one of its applications to another; those of strangers to its applications, which refuse them; those to
 * others.
 */
export const LANES = { network: 0, refused: 1, others: 2 } as const;
export type LaneName = keyof typeof LANES;
export const LANE_NAMES = Object.keys(LANES) as LaneName[];

/** The lane of a message, given the columns, or the parameters, with its sender and its recipient. */
export function laneOf(sender: string, recipient: string): string {
  const isKnown = (address: string) =>
    `EXISTS (SELECT 1 FROM application WHERE address IN ('*', lower(${address})))`;
  return `CASE WHEN NOT ${isKnown(recipient)} THEN ${LANES.others}
    WHEN ${isKnown(sender)} THEN ${LANES.network} ELSE ${LANES.refused} END`;
}

/** Where messages that wait together are. */
export interface LanePlace {
  origin: bigint;
  destination: bigint;
  lane: LaneName;
}
