/**
 * The most updates that a task may have in all its rounds. Programs that take part in a task keep the events of all of
 * them until it is over: those of 262,144 updates.
 */
export const MOST_UPDATES = 2 ** 18;

/**
 * Why no program keeps a task's events, in a sentence; undefined when they do.
 *
 * @param workers - On all subchains together.
 */
export function tooManyUpdates(rounds: number, workers: number): string | undefined {
  const updates = rounds * workers;
  if (updates <= MOST_UPDATES) return undefined;
  return `its ${rounds} rounds of ${workers} workers can have ${updates} updates, more than the ${MOST_UPDATES} whose events a program keeps: take fewer rounds or workers`;
}
