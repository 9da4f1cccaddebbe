/** Amounts of tokens for people: wei with 18 decimals, four of them shown and the rest cut off. */
export function formatTokens(wei: bigint): string {
  if (wei < 0n) return `-${formatTokens(-wei)}`;
  const whole = wei / 10n ** 18n;
  const rest = (wei % 10n ** 18n) / 10n ** 14n;
  return `${whole}.${String(rest).padStart(4, "0")}`;
}
