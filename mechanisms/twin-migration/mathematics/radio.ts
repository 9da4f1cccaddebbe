/**
 * Radio links. The paper divides by a density (eqs 5 and 7); with units that fit,
 * R = b · min(log2(1 + P k d^−ε / (N0 b)), 7.4).
 */
import { portableExp } from "../../../numerics/portableExp.ts";
import { portableLog } from "../../../numerics/portableLog.ts";

/** Most that modulation and coding carry, bit/s/Hz. */
export const MOST_EFFICIENCY = 7.4;
export const BITS_PER_MEGABYTE = 8e6;
/** No band is narrower, Hz. */
const LEAST_HZ = 1;
/** No link is shorter, m. */
const LEAST_METRES = 10;

/** A kind of link. */
export interface Link {
  /** P, W. */
  readonly watts: number;
  /** k: channel gain at 1 m, linear. */
  readonly gain: number;
  /** ε. */
  readonly exponent: number;
}

/** P k d^−ε / N0: what is received over the density of noise, Hz. @param metres - d, at least 10. */
export function receivedHz(link: Link, noiseWattsPerHz: number, metres: number): number {
  return (link.watts * link.gain * powerLaw(Math.max(metres, LEAST_METRES), link.exponent)) / noiseWattsPerHz;
}

/** x^−e for x ≥ 10; whole exponents by products, which is fast and exact. */
function powerLaw(x: number, e: number): number {
  if (e === 3) return 1 / (x * x * x);
  return portableExp(-e * portableLog(x));
}

/**
 * R, bit/s.
 *
 * @param received - What {@link receivedHz} says.
 * @param hz - b, at least 1.
 */
export function rateOf(received: number, hz: number, mostEfficiency = MOST_EFFICIENCY): number {
  const b = hz < LEAST_HZ ? LEAST_HZ : hz;
  return b * efficiencyOf(received / b, mostEfficiency);
}

/** min(log2(1 + snr), most), bit/s/Hz. */
export function efficiencyOf(snr: number, mostEfficiency = MOST_EFFICIENCY): number {
  // 2^7.4 is 168.9: most links are above, and need no logarithm.
  if (mostEfficiency === MOST_EFFICIENCY && snr > 170) return mostEfficiency;
  return Math.min(portableLog(1 + snr) / Math.LN2, mostEfficiency);
}

/** b as links take it. */
export function bandOf(hz: number): number {
  return Math.max(hz, LEAST_HZ);
}
