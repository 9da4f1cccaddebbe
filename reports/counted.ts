/**
 * How many things there are, in words.
 *
 * @example
 * counted(1, "round"); // "1 round"
 * counted(2, "round"); // "2 rounds"
 */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
