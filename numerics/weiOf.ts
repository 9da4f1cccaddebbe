import { roundHalfAway } from "./roundHalfAway.ts";

/**
 * To how many decimals an amount that is a float is kept, by where it comes from.
 *
 * What people write, or distributions that they wrote draw, is up to a million tokens: with nine decimals a float has each
 * of them exactly. What is computed, such as the cost of one update, is small: with twelve decimals it still is of some
 * use where it is multiplied, and what is below differs with the order of additions.
 */
export const DECIMALS = { written: 9, computed: 12 } as const;

/** Tokens as wei, of which one has 10¹⁸: the only way from a float to an amount. */
export function weiOf(tokens: number, from: keyof typeof DECIMALS): bigint {
  const decimals = DECIMALS[from];
  return BigInt(roundHalfAway(tokens * 10 ** decimals)) * 10n ** BigInt(18 - decimals);
}
