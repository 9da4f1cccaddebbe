/** Bounds of a task's terms that programs must know; TermsCheck.sol decides them. */

/** From a task's start to its deadline, and of everything in between, seconds: 366 days. */
export const LONGEST_SECONDS = 366 * 86_400;

/** Workers of a task on all its subchains together. */
export const MOST_WORKERS = 65_536;

/** Rounds of a task that have workers drawn for them. */
export const MOST_DRAWN_ROUNDS = 2_048;

/** Subchains of a task. */
export const MOST_SUBCHAINS = 32;

/** Aggregators of a task. */
export const MOST_AGGREGATORS = 32;
