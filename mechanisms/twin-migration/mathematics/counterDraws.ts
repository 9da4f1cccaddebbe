/**
 * Draws without state: each is a hash of seed, stream, time and index, so that another language draws the same, an
 * action shifts no draw, and episodes of different policies pair exactly.
 */

const GOLDEN = 0x9e3779b9;
const TIME = 0x85ebca6b;
const INDEX = 0xc2b2ae35;
const TWO_TO_32 = 4294967296;

/** What is drawn from which stream. */
export const STREAMS = {
  position: 1,
  speed: 2,
  size: 3,
  priority: 4,
  cycles: 5,
  turns: 6,
  jitter: 7,
  hotspot: 8,
  failure: 9,
  direction: 10,
  ruleTarget: 11,
  ruleQuality: 12,
  ruleEdge: 13,
  ruleCloud: 14,
  gumbel: 15,
  window: 16,
  actorWeights: 100,
  criticWeights: 200,
} as const;

/** lowbias32: a bijection of 32 bits. */
function mixed(value: number): number {
  let x = value | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}

/** What the draws of a stream at a time have in common. @param t - A whole number. */
export function drawKey(seed: number, stream: number, t: number): number {
  return mixed(mixed((seed + Math.imul(GOLDEN, stream)) | 0) + Math.imul(TIME, t));
}

/** Draw i of a key, 32 bits without sign. */
export function drawBits(key: number, i: number): number {
  return mixed(key + Math.imul(INDEX, i + 1)) >>> 0;
}

/** Draw i of a key, uniform in [0, 1). */
export function drawAt(key: number, i: number): number {
  return drawBits(key, i) / TWO_TO_32;
}
