/** Amounts of tokens for people: wei with 18 decimals, four of them shown and the rest cut off. */
export function formatTokens(wei: bigint): string {
  if (wei < 0n) return `-${formatTokens(-wei)}`;
  const whole = wei / 10n ** 18n;
  const rest = (wei % 10n ** 18n) / 10n ** 14n;
  return `${whole}.${String(rest).padStart(4, "0")}`;
}

/** What is shown of an amount, wei: its fourth decimal. */
const SHOWN = 10n ** 14n;

/**
 * The parts of an amount, as `formatTokens` shows it, in digits that add up to its own: what cutting takes off goes back
 * to those of which most was cut off (the method of largest remainders).
 *
 * @param whole - Wei: the sum of the parts.
 * @param parts - Wei, none below 0.
 *
 * @example
 * formatTokenParts(1n * TOKEN, [TOKEN / 3n, TOKEN - TOKEN / 3n]); // ["0.3333", "0.6667"]
 */
export function formatTokenParts(whole: bigint, parts: readonly bigint[]): string[] {
  const units = parts.map((part) => part / SHOWN);
  const missing = Number(whole / SHOWN - units.reduce((sum, part) => sum + part, 0n));
  const byRest = parts
    .map((part, place) => ({ place, rest: part % SHOWN }))
    .sort((a, b) => (a.rest < b.rest ? 1 : a.rest > b.rest ? -1 : a.place - b.place));
  for (const { place } of byRest.slice(0, missing)) units[place]! += 1n;
  return units.map((part) => formatTokens(part * SHOWN));
}

/**
 * An amount of tokens with all its digits, and no more: what adds up to the wei must be seen to.
 *
 * @example
 * exactTokens(-1_500_000_000_000_000_001n); // "-1.500000000000000001"
 */
export function exactTokens(wei: bigint): string {
  if (wei < 0n) return `-${exactTokens(-wei)}`;
  const rest = String(wei % 10n ** 18n)
    .padStart(18, "0")
    .replace(/0+$/, "");
  return rest === "" ? String(wei / 10n ** 18n) : `${wei / 10n ** 18n}.${rest}`;
}
