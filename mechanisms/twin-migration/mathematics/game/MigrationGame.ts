import {
  cloudRetail,
  edgeQuantity,
  midPrice,
  type PriceBox,
  unitsSold,
  vehicleDemand,
  vehicleUtility,
} from "./responses.ts";
import { WholesaleMarket } from "./WholesaleMarket.ts";

/** Who is in the game, and what they can. */
export interface GameMarket {
  readonly edges: number;
  readonly clouds: number;
  /** The cloud (from 0) that each edge buys from. [J] */
  readonly suppliers: ArrayLike<number>;
  /** Units that each server has. [J + I] */
  readonly capacity: ArrayLike<number>;
  readonly box: PriceBox;
}

/**
 * The exact equilibrium of both stages: clouds lead with wholesale prices, edges answer with quantities, clouds set
 * their own retail prices, vehicles buy. Each edge has one cloud, so clouds do not compete; each vehicle buys from its
 * host, so servers do not either. Arrays are written anew by {@link solve}.
 */
export class MigrationGame {
  /** θ of each server, $/MB; the mid price without vehicles. [M] */
  readonly theta: Float64Array;
  /** Units that each server sells. [M] */
  readonly sold: Float64Array;
  /** Units that each edge buys. [J] */
  readonly bought: Float64Array;
  /** w of each cloud, $/unit. [I] */
  readonly wholesale: Float64Array;
  /** Each server's utility, $. [M] */
  readonly serverUtility: Float64Array;
  /** β of each vehicle. [V] */
  readonly beta: Float64Array;
  /** Each vehicle's utility, $. [V] */
  readonly vehicleUtility: Float64Array;
  /** A = Σ a s and N = Σ s of each server's vehicles. [M] */
  readonly A: Float64Array;
  readonly N: Float64Array;
  readonly #market: GameMarket;
  readonly #wholesale: WholesaleMarket;

  constructor(vehicles: number, market: GameMarket) {
    const servers = market.edges + market.clouds;
    this.theta = new Float64Array(servers);
    this.sold = new Float64Array(servers);
    this.bought = new Float64Array(market.edges);
    this.wholesale = new Float64Array(market.clouds);
    this.serverUtility = new Float64Array(servers);
    this.beta = new Float64Array(vehicles);
    this.vehicleUtility = new Float64Array(vehicles);
    this.A = new Float64Array(servers);
    this.N = new Float64Array(servers);
    this.#market = market;
    this.#wholesale = new WholesaleMarket(market.edges, market.box);
  }

  /**
   * Finds the equilibrium.
   *
   * @param worth - a_v, $/MB; each server's A/N must be above the greatest retail price. [V]
   * @param scale - s_v. [V]
   * @param hosts - The server that each vehicle buys from. [V]
   */
  solve(worth: ArrayLike<number>, scale: ArrayLike<number>, hosts: ArrayLike<number>): void {
    this.#add(worth, scale, hosts);
    const { edges, clouds } = this.#market;
    for (let i = 0; i < clouds; i++) this.#solveCloud(i);
    for (let j = 0; j < edges; j++) this.#solveEdge(j);
    for (let v = 0; v < this.beta.length; v++) {
      const theta = this.theta[hosts[v]!]!;
      const beta = vehicleDemand(worth[v]!, scale[v]!, theta);
      this.beta[v] = beta;
      this.vehicleUtility[v] = vehicleUtility(worth[v]!, scale[v]!, theta, beta);
    }
  }

  /** The edges with vehicles that buy from cloud i, as a market of their own. */
  wholesaleOf(i: number): WholesaleMarket {
    const { edges, suppliers, capacity } = this.#market;
    this.#wholesale.clear();
    for (let j = 0; j < edges; j++) {
      if (suppliers[j] === i && this.N[j]! > 0) this.#wholesale.add(this.A[j]!, this.N[j]!, capacity[j]!);
    }
    return this.#wholesale;
  }

  #add(worth: ArrayLike<number>, scale: ArrayLike<number>, hosts: ArrayLike<number>): void {
    this.A.fill(0);
    this.N.fill(0);
    for (let v = 0; v < this.beta.length; v++) {
      const host = hosts[v]!;
      this.A[host]! += worth[v]! * scale[v]!;
      this.N[host]! += scale[v]!;
    }
  }

  #solveCloud(i: number): void {
    const { edges, capacity, box } = this.#market;
    const m = edges + i;
    let S = 0;
    let retail = 0;
    this.theta[m] = midPrice(box);
    if (this.N[m]! > 0) {
      const theta = cloudRetail(this.A[m]!, this.N[m]!, capacity[m]!, box);
      this.theta[m] = theta;
      S = unitsSold(this.A[m]!, this.N[m]!, theta);
      retail = (theta - box.cloudUnitCost) * S;
    }
    this.sold[m] = S;
    const market = this.wholesaleOf(i);
    const w = market.count === 0 ? box.greatestWholesale : market.best(Math.max(capacity[m]! - S, 0));
    this.wholesale[i] = w;
    this.serverUtility[m] = retail + (w - box.cloudUnitCost) * market.demand(w);
  }

  #solveEdge(j: number): void {
    const { suppliers, capacity, box } = this.#market;
    const A = this.A[j]!;
    const N = this.N[j]!;
    if (!(N > 0)) {
      this.theta[j] = midPrice(box);
      this.sold[j] = 0;
      this.bought[j] = 0;
      this.serverUtility[j] = 0;
      return;
    }
    const w = this.wholesale[suppliers[j]!]!;
    const S = edgeQuantity(A, N, capacity[j]!, w, box);
    const B = Math.max(S - capacity[j]!, 0);
    this.theta[j] = A / (S + N);
    this.sold[j] = S;
    this.bought[j] = B;
    this.serverUtility[j] = this.theta[j]! * S - box.edgeUnitCost * (S - B) - w * B;
  }
}
