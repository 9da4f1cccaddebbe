/** The largest |x|, 0 of none; of float32 all must be numbers. */
export function largestMagnitude(
  values: Float64Array | Float32Array | Int32Array | Int16Array | Int8Array,
): number {
  if (values instanceof Float32Array) return magnitudeOf(largestBits(values));
  let largest = 0;
  let least = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value > largest) largest = value;
    if (value < least) least = value;
  }
  return Math.max(largest, -least);
}

/**
 * The largest of the bits of float32 without their signs, which are in the order of the magnitudes: infinity above all
 * numbers, and NaN above it. A loop over them takes a fraction of the time of one that looks at each number.
 */
export function largestBits(values: Float32Array): number {
  const bits = bitsOf(values);
  let largest = 0;
  for (let index = 0; index < bits.length; index++) {
    const magnitude = bits[index]! & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** The bits of float32, as integers in the same memory. */
export function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

/** The bits of the float32 2^exponent, a normal number. */
export function powerBits(exponent: number): number {
  return (127 + exponent) << 23;
}

function magnitudeOf(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0]!;
}
