/** Mean and standard deviation of one feature. */
export interface FeatureStatistics {
  readonly mean: number;
  /** Of the population, ≥ 0; 0 for a feature that does not change. */
  readonly deviation: number;
}

/**
 * Mean and standard deviation of some values, in two passes in their order: with
 * operations that IEEE 754 rounds exactly, so they are the same on every machine.
 * 0 and 0 for no value.
 */
export function statisticsOf(values: ArrayLike<number>): FeatureStatistics {
  const { length } = values;
  if (length === 0) return { mean: 0, deviation: 0 };
  let sum = 0;
  let constant = true;
  for (let i = 0; i < length; i++) {
    sum += values[i]!;
    constant &&= values[i] === values[0];
  }
  // The rounded mean of equal values would leave a tiny deviation.
  if (constant) return { mean: values[0]!, deviation: 0 };
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += (values[i]! - mean) * (values[i]! - mean);
  return { mean, deviation: Math.sqrt(squares / length) };
}

/** (value − mean) / deviation; 0 for a feature that does not change. */
export function standardized(value: number, { mean, deviation }: FeatureStatistics): number {
  return deviation === 0 ? 0 : (value - mean) / deviation;
}
