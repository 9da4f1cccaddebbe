/** Mean and spread of repeated runs. */
export interface MeanAndDeviation {
  readonly mean: number;
  /** Sample standard deviation (n − 1); NaN for one value. */
  readonly deviation: number;
}

/** Mean and sample standard deviation of at least one value. */
export function meanAndDeviation(values: readonly number[]): MeanAndDeviation {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
