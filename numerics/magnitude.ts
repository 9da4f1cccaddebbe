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
 *
 * Unrolled so far that V8 does not inline it: in a caller that runs seldom it would stay with the compiler that is quick
 * and makes code ten times as slow.
 */
export function largestBits(values: Float32Array): number {
  const bits = bitsOf(values);
  const whole = bits.length - (bits.length % 8);
  let largest = 0;
  for (let index = 0; index < whole; index += 8) {
    const a = bits[index]! & MAGNITUDE;
    const b = bits[index + 1]! & MAGNITUDE;
    const c = bits[index + 2]! & MAGNITUDE;
    const d = bits[index + 3]! & MAGNITUDE;
    const e = bits[index + 4]! & MAGNITUDE;
    const f = bits[index + 5]! & MAGNITUDE;
    const g = bits[index + 6]! & MAGNITUDE;
    const h = bits[index + 7]! & MAGNITUDE;
    if (a > largest) largest = a;
    if (b > largest) largest = b;
    if (c > largest) largest = c;
    if (d > largest) largest = d;
    if (e > largest) largest = e;
    if (f > largest) largest = f;
    if (g > largest) largest = g;
    if (h > largest) largest = h;
  }
  for (let index = whole; index < bits.length; index++) {
    const magnitude = bits[index]! & MAGNITUDE;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** The bits of a float32 but for its sign. */
const MAGNITUDE = 0x7fffffff;

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
