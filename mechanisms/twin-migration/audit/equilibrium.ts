/**
 * The game's prices derived a second time, by search and not by the closed forms of mathematics/game: an edge's and a
 * cloud's retail price by golden section over what they sell, and a wholesale price by what no other price in its box
 * would earn more.
 */

/** The box of prices and what a unit costs, $. */
export interface SearchBox {
  readonly retail: readonly [number, number];
  readonly wholesale: readonly [number, number];
  readonly edgeCost: number;
  readonly cloudCost: number;
}

/** A server with vehicles: Σ a s, Σ s, and its own capacity in units. */
export interface Seller {
  readonly A: number;
  readonly N: number;
  readonly K: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const SECTIONS = 90;
/** Wholesale prices that are tried. */
const TRIED = 2000;

/** Where a function with one peak is greatest between two points. */
function peakOf(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [x, y] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [fx, fy] = [f(x), f(y)];
  for (let i = 0; i < SECTIONS && b - a > 0; i++) {
    if (fx >= fy) {
      [b, y, fy] = [y, x, fx];
      x = b - GOLDEN * (b - a);
      fx = f(x);
    } else {
      [a, x, fx] = [x, y, fy];
      y = a + GOLDEN * (b - a);
      fy = f(y);
    }
  }
  const middle = (a + b) / 2;
  // A peak at an end is never reached by halving.
  return [low, high, middle].reduce((best, one) => (f(one) > f(best) ? one : best), middle);
}

/** The price at which a server sells so much: A/(S + N). */
function priceOf({ A, N }: Seller, S: number): number {
  return A / (S + N);
}

/** What a server sells at the ends of the retail box. */
function rangeOf({ A, N }: Seller, { retail: [low, high] }: SearchBox): readonly [number, number] {
  return [A / high - N, A / low - N];
}

/** What an edge sells at a wholesale price. */
function edgeSells(edge: Seller, w: number, box: SearchBox): number {
  const [least, most] = rangeOf(edge, box);
  const earns = (S: number) => {
    const bought = Math.max(S - edge.K, 0);
    return priceOf(edge, S) * S - box.edgeCost * (S - bought) - w * bought;
  };
  return peakOf(earns, least, most);
}

/** θ that is best for an edge at a wholesale price, $/MB. */
export function edgePrice(edge: Seller, w: number, box: SearchBox): number {
  return priceOf(edge, edgeSells(edge, w, box));
}

/** θ that is best for a cloud, within its capacity, $/MB, and what it then sells. */
export function cloudPrice(cloud: Seller, box: SearchBox): { theta: number; sold: number } {
  const [least, most] = rangeOf(cloud, box);
  const sold = peakOf(
    (S) => priceOf(cloud, S) * S - box.cloudCost * S,
    least,
    Math.max(least, Math.min(most, cloud.K)),
  );
  return { theta: priceOf(cloud, sold), sold };
}

/**
 * By how much a cloud would earn more with another wholesale price, $; what edges ask beyond its room it cannot sell.
 *
 * @param room - What it has left for its edges, units.
 */
export function wholesaleRegret(w: number, edges: readonly Seller[], room: number, box: SearchBox): number {
  const demand = (price: number) =>
    edges.reduce((sum, edge) => sum + Math.max(edgeSells(edge, price, box) - edge.K, 0), 0);
  const fits = (units: number) => units <= room * (1 + 1e-6) + 1e-6;
  const earns = (price: number) => {
    const units = demand(price);
    return fits(units) ? (price - box.cloudCost) * units : Number.NEGATIVE_INFINITY;
  };
  const [low, high] = box.wholesale;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i <= TRIED; i++) best = Math.max(best, earns(low + ((high - low) * i) / TRIED));
  // Where no price fits, the ceiling is what is asked.
  if (best === Number.NEGATIVE_INFINITY) return high - w;
  const own = earns(w);
  return own === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : best - own;
}
