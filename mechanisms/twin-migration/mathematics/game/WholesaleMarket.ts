import { positiveRoot } from "./positiveRoot.ts";
import { edgeQuantity, type PriceBox } from "./responses.ts";

/** What is sold may be above capacity by so much, relatively and absolutely: rounding. */
const FITS_RELATIVE = 1e-9;
const FITS_ABSOLUTE = 1e-12;
/** A later price must be better by more than this, $. */
const BETTER = 1e-12;

/**
 * One cloud's wholesale: it names w, its edges answer. Demand is a·w^(−1/2) − g between prices at which an edge enters,
 * leaves or meets its price box; there (w − c)(a·w^(−1/2) − g) is strictly concave for a > 0. Pieces, their ends and the
 * price at which capacity binds are compared, so the best price is exact.
 *
 * Add the edges with {@link add}, then ask for {@link best}; nothing is allocated but by the constructor.
 */
export class WholesaleMarket {
  /** Edges that were added. */
  count = 0;
  readonly #A: Float64Array;
  readonly #N: Float64Array;
  readonly #K: Float64Array;
  readonly #cuts: Float64Array;
  readonly #box: PriceBox;
  #room = 0;
  #best = 0;
  #bestUtility = 0;

  /** @param most - How many edges there may be. */
  constructor(most: number, box: PriceBox) {
    this.#A = new Float64Array(most);
    this.#N = new Float64Array(most);
    this.#K = new Float64Array(most);
    this.#cuts = new Float64Array(2 + 3 * most);
    this.#box = box;
  }

  clear(): void {
    this.count = 0;
  }

  /** An edge with vehicles. */
  add(A: number, N: number, K: number): void {
    this.#A[this.count] = A;
    this.#N[this.count] = N;
    this.#K[this.count] = K;
    this.count++;
  }

  /** B_j(w): units that edge j buys. */
  bought(j: number, w: number): number {
    const K = this.#K[j]!;
    return Math.max(edgeQuantity(this.#A[j]!, this.#N[j]!, K, w, this.#box) - K, 0);
  }

  /** ΣB(w). */
  demand(w: number): number {
    let sum = 0;
    for (let j = 0; j < this.count; j++) sum += this.bought(j, w);
    return sum;
  }

  /** Prices in the box at which an edge enters, leaves or meets its box, and the box's ends; ascending. */
  cuts(): Float64Array {
    const { leastWholesale: low, greatestWholesale: high, leastRetail, greatestRetail } = this.#box;
    const cuts = this.#cuts;
    cuts[0] = low;
    cuts[1] = high;
    let count = 2;
    for (let j = 0; j < this.count; j++) {
      const A = this.#A[j]!;
      const N = this.#N[j]!;
      for (let which = 0; which < 3; which++) {
        const x = which === 0 ? this.#K[j]! : which === 1 ? A / greatestRetail - N : A / leastRetail - N;
        const w = (A * N) / ((x + N) * (x + N));
        if (w > low && w < high) cuts[count++] = w;
      }
    }
    // Few, and no allocation: by insertion.
    for (let i = 1; i < count; i++) {
      const cut = cuts[i]!;
      let k = i;
      for (; k > 0 && cuts[k - 1]! > cut; k--) cuts[k] = cuts[k - 1]!;
      cuts[k] = cut;
    }
    this.#cutCount = count;
    return cuts;
  }
  #cutCount = 0;

  /** How many entries of {@link cuts} count. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /**
   * The best wholesale price; the highest one if nobody buys, or if even that brings more demand than there is room.
   *
   * @param room - Units that are left for wholesale.
   */
  best(room: number): number {
    this.#room = room;
    this.#best = -1;
    this.#bestUtility = Number.NEGATIVE_INFINITY;
    const cuts = this.cuts();
    this.#consider(cuts[0]!);
    for (let i = 1; i < this.#cutCount; i++) {
      if (cuts[i]! > cuts[i - 1]!) this.#considerPiece(cuts[i - 1]!, cuts[i]!);
      this.#consider(cuts[i]!);
    }
    return this.#bestUtility > 0 ? this.#best : this.#box.greatestWholesale;
  }

  /** Candidates between two neighbouring cuts. */
  #considerPiece(low: number, high: number): void {
    const middle = (low + high) / 2;
    const box = this.#box;
    let a = 0;
    let g = 0;
    for (let j = 0; j < this.count; j++) {
      const A = this.#A[j]!;
      const N = this.#N[j]!;
      const K = this.#K[j]!;
      const S = edgeQuantity(A, N, K, middle, box);
      if (!(S > K)) continue;
      if (S === Math.sqrt((A * N) / middle) - N) {
        a += Math.sqrt(A * N);
        g += N + K;
      } else g += K - S;
    }
    if (!(a > 0)) return;
    const c = box.cloudUnitCost;
    let inner = -1;
    if (g > 0) {
      const x = positiveRoot(1 / c, (2 * g) / (c * a));
      inner = 1 / (x * x);
    }
    const root = a / (this.#room + g);
    const full = this.#room + g > 0 ? root * root : -1;
    const first = Math.min(inner, full);
    const second = Math.max(inner, full);
    if (first > low && first < high) this.#consider(first);
    if (second > low && second < high) this.#consider(second);
  }

  #consider(w: number): void {
    const demand = this.demand(w);
    if (demand > this.#room * (1 + FITS_RELATIVE) + FITS_ABSOLUTE) return;
    const utility = (w - this.#box.cloudUnitCost) * demand;
    if (utility > this.#bestUtility + BETTER) {
      this.#best = w;
      this.#bestUtility = utility;
    }
  }
}
