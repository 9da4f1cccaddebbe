/** A share from 0 to 1 in per cent, cut to two decimals as the command line has it. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
