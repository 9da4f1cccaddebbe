import { AbiCoder, concat, getBytes, keccak256, MaxUint256, toBeHex } from "ethers";

import type { enums } from "./abi/enums.ts";

/** Steps of the network that orders workers. */
const STEPS = 8;

/** What the order for a whole task is of: a round that no task has. */
const WHOLE_TASK = MaxUint256;

/** Orders that are kept for who asks of all workers, one by one: the last that were asked of. */
const MOST_KEPT = 2048;

/** How the workers that take part in a round are drawn (contracts/types/Draws.sol). */
export type Sampling = (typeof enums.Sampling)[number];

/** What the draws of a task on one subchain follow from. */
export interface DrawFacts {
  readonly sampling: Sampling;
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
 * (contracts/types/Draws.sol, which explains the orders and names their sources). In the
 * laboratory it is the draw of `uniform` and `freshness` for whoever has a beacon.
 *
 * @param index - The worker's place in the order of enrolment, below `enrolled`.
 */
export function isDrawn(facts: DrawFacts, round: number, index: number): boolean {
  const { enrolled, drawn } = facts;
  if (drawn >= enrolled) return true;
  // How far it is behind the first that is drawn, cyclically.
  const behind = orderIn(facts, round).placeOf(index) - firstPlace(facts, round);
  return (behind + enrolled) % enrolled < drawn;
}

/** For how many of a task's first rounds a worker is drawn. */
export function drawnRounds(facts: DrawFacts, rounds: number, index: number): number {
  const { sampling, enrolled, drawn } = facts;
  if (drawn >= enrolled) return rounds;
  if (sampling === "Freshness") {
    // The turns 0 to rounds · drawn − 1 are of the places that they leave when divided by n.
    return Math.floor((rounds * drawn + enrolled - 1 - orderIn(facts, 0).placeOf(index)) / enrolled);
  }
  let count = 0;
  for (let round = 0; round < rounds; round++) if (isDrawn(facts, round, index)) count++;
  return count;
}

/** All who are drawn for a round, ascending; with at most 8 ⌈√n⌉ hashes. */
export function drawnWorkers(facts: DrawFacts, round: number): Uint32Array {
  const { enrolled, drawn } = facts;
  if (drawn >= enrolled) return Uint32Array.from({ length: enrolled }, (_, index) => index);
  const [order, first] = [orderIn(facts, round), firstPlace(facts, round)];
  return Uint32Array.from({ length: drawn }, (_, at) => order.workerAt((first + at) % enrolled)).sort();
}

/** The place of the first that is drawn: uniformly that of the round's order, by freshness where the last round's end. */
function firstPlace({ sampling, enrolled, drawn }: DrawFacts, round: number): number {
  return sampling === "Uniform" ? 0 : (round * drawn) % enrolled;
}

/** The order that a round draws from: its own uniformly, the task's by freshness. */
function orderIn({ sampling, beacon, enrolled }: DrawFacts, round: number): WorkerOrder {
  return orderOf(beacon, sampling === "Uniform" ? round : undefined, enrolled);
}

const kept = new Map<string, WorkerOrder>();

/** An order, which follows from these alone: so whoever asks again gets the one of before, with its hashes. */
function orderOf(beacon: string, round: number | undefined, enrolled: number): WorkerOrder {
  const key = `${beacon}/${round}/${enrolled}`;
  const order = kept.get(key) ?? new WorkerOrder(beacon, round, enrolled);
  // The last one comes behind the others, and the first goes.
  kept.delete(key);
  kept.set(key, order);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return order;
}

/**
 * In which order a round takes its workers, or a whole task: a permutation of 0 to n − 1.
 *
 * | symbol | identifier |
 * |---|---|
 * | n, ⌈√n⌉ | `enrolled`, `side` |
 */
export class WorkerOrder {
  readonly #enrolled: number;
  readonly #side: number;
  /** What a mask is the hash of: the order's key, and a word for the step and the half. */
  readonly #input = new Uint8Array(64);
  readonly #words = new DataView(this.#input.buffer);
  /** The network's masks, each computed once. */
  readonly #masks: Int32Array;

  /** @param round - The order's; that of the whole task without. */
  constructor(beacon: string, round: number | undefined, enrolled: number) {
    this.#enrolled = enrolled;
    // Exact, as n is below 2^32.
    this.#side = Math.ceil(Math.sqrt(enrolled));
    this.#input.set(getBytes(keccak256(concat([beacon, toBeHex(round ?? WHOLE_TASK, 32)]))));
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
