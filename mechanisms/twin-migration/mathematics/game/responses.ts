/**
 * Who answers whom in the game of vehicles, edges and clouds (eqs 14–20, which give no utilities; the project's reading
 * does).
 *
 * | symbol | here | |
 * | ------ | ---- | - |
 * | a_v, s_v | `worth`, `scale` | a vehicle's worth of a unit, $/MB, and the scale of its demand, D/10 MB |
 * | θ, w | `theta`, `w` | retail price, $/MB, and wholesale price, $/unit |
 * | β_v | | units that a vehicle buys: s (a/θ − 1) |
 * | A, N | `A`, `N` | Σ a s and Σ s of a server's vehicles |
 * | S, B | | units that a server sells, A/θ − N, and that an edge buys, max(S − K, 0) |
 */
import { portableLog } from "../../../../numerics/portableLog.ts";

/** Between which prices may be set, and what a unit costs. */
export interface PriceBox {
  readonly leastRetail: number;
  readonly greatestRetail: number;
  readonly leastWholesale: number;
  readonly greatestWholesale: number;
  readonly edgeUnitCost: number;
  readonly cloudUnitCost: number;
}

/** β*: what a vehicle buys at the price θ. */
export function vehicleDemand(worth: number, scale: number, theta: number): number {
  return scale * Math.max(worth / theta - 1, 0);
}

/** U = a s ln(1 + β/s) − θβ, $. */
export function vehicleUtility(worth: number, scale: number, theta: number, beta: number): number {
  return worth * scale * portableLog(1 + beta / scale) - theta * beta;
}

/** S(θ) = A/θ − N. */
export function unitsSold(A: number, N: number, theta: number): number {
  return A / theta - N;
}

/**
 * The best quantity of an edge at the wholesale price w ≥ c: its own units cost c up to K, above that it buys at w.
 * Revenue AS/(S + N) is concave and the cost convex, so it is unique.
 */
export function edgeQuantity(A: number, N: number, K: number, w: number, box: PriceBox): number {
  const own = Math.sqrt((A * N) / box.edgeUnitCost) - N;
  const best = own <= K ? own : Math.max(K, Math.sqrt((A * N) / w) - N);
  const most = A / box.leastRetail - N;
  const least = A / box.greatestRetail - N;
  return best < least ? least : best > most ? most : best;
}

/** U = θS − c(S − B) − wB, $. */
export function edgeUtility(A: number, N: number, K: number, w: number, S: number, box: PriceBox): number {
  const B = Math.max(S - K, 0);
  return (A * S) / (S + N) - box.edgeUnitCost * (S - B) - w * B;
}

/** A cloud's own retail price: what is best for one leader, raised until what it sells is within its capacity. */
export function cloudRetail(A: number, N: number, K: number, box: PriceBox): number {
  const price = Math.max(Math.sqrt((box.cloudUnitCost * A) / N), A / (K + N), box.leastRetail);
  return Math.min(price, box.greatestRetail);
}

/** The price in the middle of the box: what a server without vehicles posts. */
export function midPrice(box: PriceBox): number {
  return (box.leastRetail + box.greatestRetail) / 2;
}
