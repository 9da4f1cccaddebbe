import { AbiCoder, concat, getBytes, keccak256, toBeHex } from "ethers";

/** Steps of the network that orders a round's workers. */
const STEPS = 8;

/** Orders that are kept for who asks of all workers of a round, one by one: the last that were asked of. */
const MOST_KEPT = 2048;

/** What the draws of a task on one subchain follow from. */
export interface DrawFacts {
  /** {@link beaconOf}. */
  readonly beacon: string;
  /** n: workers that enrolled there. */
  readonly enrolled: number;
  /** k ≥ 1: how many are drawn for a round; all, if there are no more. */
  readonly drawn: number;
}

/**
 * The beacon of a task on a subchain, from the hash of a block after enrolment: the
 * same as `Draws.beaconOf` on the chain.
 */
export function beaconOf(
  chainId: number | bigint,
  subchain: string,
  task: bigint,
  blockHash: string,
): string {
  const types = ["uint256", "address", "uint256", "bytes32"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [chainId, subchain, task, blockHash]));
}

/**
 * Whether a worker is drawn for a round: the same as `Draws.isDrawn` on the chain
 * (contracts/types/Draws.sol, which explains the order and names its sources). In the
 * laboratory it is the draw of `uniform` for whoever has a beacon.
 *
 * @param index - The worker's place in the order of enrolment, below `enrolled`.
 */
export function isDrawn({ beacon, enrolled, drawn }: DrawFacts, round: number, index: number): boolean {
  return drawn >= enrolled || orderOf(beacon, round, enrolled).placeOf(index) < drawn;
}

/** For how many of a task's first rounds a worker is drawn. */
export function drawnRounds(facts: DrawFacts, rounds: number, index: number): number {
  if (facts.drawn >= facts.enrolled) return rounds;
  let count = 0;
  for (let round = 0; round < rounds; round++) if (isDrawn(facts, round, index)) count++;
  return count;
}

/** All who are drawn for a round, ascending; with at most 8 ⌈√n⌉ hashes. */
export function drawnWorkers({ beacon, enrolled, drawn }: DrawFacts, round: number): Uint32Array {
  if (drawn >= enrolled) return Uint32Array.from({ length: enrolled }, (_, index) => index);
  const order = orderOf(beacon, round, enrolled);
  return Uint32Array.from({ length: drawn }, (_, place) => order.workerAt(place)).sort();
}

const kept = new Map<string, RoundOrder>();

/** A round's order, which follows from these alone: so whoever asks again gets the one of before, with its hashes. */
function orderOf(beacon: string, round: number, enrolled: number): RoundOrder {
  const key = `${beacon}/${round}/${enrolled}`;
  const order = kept.get(key) ?? new RoundOrder(beacon, round, enrolled);
  // The last one comes behind the others, and the first goes.
  kept.delete(key);
  kept.set(key, order);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return order;
}

/**
 * In which order a round takes its workers: a permutation of 0 to n − 1.
 *
 * | symbol | identifier |
 * |---|---|
 * | n, ⌈√n⌉ | `enrolled`, `side` |
 */
export class RoundOrder {
  readonly #enrolled: number;
  readonly #side: number;
  /** What a mask is the hash of: the round's key, and a word for the step and the half. */
  readonly #input = new Uint8Array(64);
  readonly #words = new DataView(this.#input.buffer);
  /** The network's masks, each computed once. */
  readonly #masks: Int32Array;

  constructor(beacon: string, round: number, enrolled: number) {
    this.#enrolled = enrolled;
    // Exact, as n is below 2^32.
    this.#side = Math.ceil(Math.sqrt(enrolled));
    this.#input.set(getBytes(keccak256(concat([beacon, toBeHex(round, 32)]))));
    this.#masks = new Int32Array(STEPS * this.#side).fill(-1);
  }

  /** The place of a worker. */
  placeOf(index: number): number {
    const side = this.#side;
    let place = index;
    do {
      let [left, right] = [Math.floor(place / side), place % side];
      for (let step = 0; step < STEPS; step++) {
        [left, right] = [right, (left + this.#maskOf(step, right)) % side];
      }
      place = left * side + right;
    } while (place >= this.#enrolled);
    return place;
  }

  /** The worker at a place. */
  workerAt(place: number): number {
    const side = this.#side;
    let index = place;
    do {
      let [left, right] = [Math.floor(index / side), index % side];
      for (let step = STEPS - 1; step >= 0; step--) {
        [left, right] = [(right - this.#maskOf(step, left) + side) % side, left];
      }
      index = left * side + right;
    } while (index >= this.#enrolled);
    return index;
  }

  #maskOf(step: number, right: number): number {
    const at = step * this.#side + right;
    const known = this.#masks[at]!;
    if (known >= 0) return known;
    // step · 2^128 + right
    this.#words.setUint8(47, step);
    this.#words.setUint32(60, right);
    const mask = Number(BigInt(keccak256(this.#input)) % BigInt(this.#side));
    this.#masks[at] = mask;
    return mask;
  }
}
