/**
 * The three ways of eq. 2 and 3 to move a twin: 1 from the vehicle to the RSU that gives it access, 2 from the vehicle
 * to a cloud, 3 from the present host over the backhaul. Direct ways send the live state only, the relay all of D.
 */

export const MODES = { none: 0, directEdge: 1, directCloud: 2, relayed: 3 } as const;

/** Which way a request takes: the quicker one, the direct one if they are equal. */
export function modeOf(toCloud: boolean, directSeconds: number, relaySeconds: number): number {
  if (directSeconds <= relaySeconds) return toCloud ? MODES.directCloud : MODES.directEdge;
  return MODES.relayed;
}
