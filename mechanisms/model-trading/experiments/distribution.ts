/** What is told of a distribution beside its middle. */
export const LOW = 0.05;
export const HIGH = 0.95;

/** Mean, or median where some values are not finite, and 5th and 95th percentile, in per cent. */
export function told(values: readonly number[]): string {
  const endless = values.filter((value) => !Number.isFinite(value)).length;
  const centre = endless > 0 ? `median ${per(middle(values))}` : per(meanOf(values));
  const rest = endless > 0 ? `, ${endless} draws endless` : "";
  return `${centre} [${per(quantile(values, LOW))}, ${per(quantile(values, HIGH))}]${rest}`;
}

function per(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} %` : "∞";
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function middle(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which so large a share lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.slice().sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
