import { getBytes, keccak256 } from "ethers";

import type { LogFilter } from "../rpc/logRange.ts";

/** Bits of a bloom, and of them so many a thing. */
const BITS = 2048;
const BITS_A_THING = 3;

/** Places of the bits that a thing sets, by the thing in lower case: an address or a topic is asked about block by block. */
const places = new Map<string, readonly number[]>();
const MOST_REMEMBERED = 10_000;

/**
 * Whether a block whose header has this bloom may have a log with an address or a topic. It may say yes of one that is
 * not there; never no of one that is (Ethereum's yellow paper, section 4.3.1).
 *
 * @param bloom - 256 bytes.
 */
function mayHold(bloom: Uint8Array, thing: string): boolean {
  return bitsOf(thing).every((bit) => ((bloom[bloom.length - 1 - (bit >> 3)]! >> (bit & 7)) & 1) === 1);
}

/** Whether a block whose header has this bloom may have a log that a filter lets through; never no where it has. */
export function mayMatch(bloom: Uint8Array, { address, topics = [] }: LogFilter): boolean {
  const anyOf = (things: string | readonly string[]) =>
    [things].flat().some((thing) => mayHold(bloom, thing));
  const isOfAddress = address === undefined || anyOf(address);
  return isOfAddress && topics.every((topic) => topic === null || anyOf(topic));
}

/** Whether a filter lets a log through. */
export function matches(
  log: { address: string; topics: readonly string[] },
  { address, topics = [] }: LogFilter,
): boolean {
  const isOneOf = (value: string | undefined, wanted: string | readonly string[]) =>
    value !== undefined && [wanted].flat().some((one) => one.toLowerCase() === value.toLowerCase());
  const isOfAddress = address === undefined || isOneOf(log.address, address);
  return isOfAddress && topics.every((topic, i) => topic === null || isOneOf(log.topics[i], topic));
}

function bitsOf(thing: string): readonly number[] {
  const key = thing.toLowerCase();
  const known = places.get(key);
  if (known !== undefined) return known;
  const hash = getBytes(keccak256(key));
  const bits = Array.from(
    { length: BITS_A_THING },
    (_, i) => ((hash[2 * i]! << 8) | hash[2 * i + 1]!) & (BITS - 1),
  );
  if (places.size === MOST_REMEMBERED) places.clear();
  places.set(key, bits);
  return bits;
}
