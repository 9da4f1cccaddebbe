/** A whole number with a narrow space between thousands. */
export function grouped(value: number | bigint | string): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}
