/** From one block of a chain to the next, milliseconds. */
export const BLOCK_MILLISECONDS = 2000;
/** Longest that the courier keeps a message to itself, milliseconds. */
export const MOST_DELAY_MILLISECONDS = 3000;
/** How long after a refusal the courier brings a message again, milliseconds. */
export const RETRY_MILLISECONDS = 2000;

/** From an event on one chain to what it causes on the next, seconds: the delay, a refusal, and both chains' blocks. */
const HOP_SECONDS = (MOST_DELAY_MILLISECONDS + RETRY_MILLISECONDS + 2 * BLOCK_MILLISECONDS) / 1000;
/** From a subchain to the main chain or back, by way of the relay chain, seconds. */
export const WAY_SECONDS = 2 * HOP_SECONDS;

/** Least `reportSeconds` and `claimSeconds` of the simulated network, as a deployment takes them from its routes. */
export const LEAST_REPORT_SECONDS = WAY_SECONDS;
export const LEAST_CLAIM_SECONDS = WAY_SECONDS + 10;

/**
 * What every kill, and every span in which a chain or a route is dead, may add to a stated time: how long it lasts at
 * the most, and what is waited for again afterwards (pauses between tries, the courier's, a block).
 */
export const RECOVERY_SECONDS = 45;

/**
 * From when a step can be made (a call's time has come, a message is there) until an honest process has made it,
 * seconds: it looks, it sends, a block takes it, and one that came too early is sent once more.
 */
export const STEP_SECONDS = 12;
