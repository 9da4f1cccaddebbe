/**
 * Whether anybody gains by deviating alone. Independent of the closed forms: each player's best deviation is found by
 * search over the pieces on which what it earns is concave; who follows it answers anew.
 */
import { goldenMaximum } from "./goldenMaximum.ts";
import { type GameMarket, MigrationGame } from "./MigrationGame.ts";
import { cloudRetail, edgeUtility, unitsSold, vehicleDemand, vehicleUtility } from "./responses.ts";
import type { WholesaleMarket } from "./WholesaleMarket.ts";

/** A gain up to this is rounding, $. */
export const NO_GAIN = 1e-9;

/** Strategies of all players. */
export interface Profile {
  /** θ of each server. [M] */
  readonly theta: ArrayLike<number>;
  /** w of each cloud. [I] */
  readonly wholesale: ArrayLike<number>;
  /** β of each vehicle. [V] */
  readonly beta: ArrayLike<number>;
}

/** The most that a player of each kind gains, $, and what no player may do. */
export interface Deviations {
  readonly vehicle: number;
  readonly edge: number;
  readonly retail: number;
  readonly wholesale: number;
  /** The largest of the four, at least 0. */
  readonly most: number;
  /** Prices outside of their boxes and sales above a cloud's capacity, in words. */
  readonly violations: readonly string[];
}

/** A market with its vehicles. */
export interface GameInstance extends GameMarket {
  /** a_v, $/MB. [V] */
  readonly worth: ArrayLike<number>;
  /** s_v. [V] */
  readonly scale: ArrayLike<number>;
  /** The server that each vehicle buys from. [V] */
  readonly hosts: ArrayLike<number>;
}

/** What the best deviations from a profile gain. */
export function deviationsFrom(instance: GameInstance, profile: Profile): Deviations {
  const { edges, clouds, worth, scale, hosts } = instance;
  // Sums and markets of the servers; its prices are not looked at.
  const game = new MigrationGame(worth.length, instance);
  game.solve(worth, scale, hosts);
  let vehicle = 0;
  for (let v = 0; v < worth.length; v++) {
    const theta = profile.theta[hosts[v]!]!;
    const best = vehicleUtility(worth[v]!, scale[v]!, theta, vehicleDemand(worth[v]!, scale[v]!, theta));
    vehicle = Math.max(vehicle, best - vehicleUtility(worth[v]!, scale[v]!, theta, profile.beta[v]!));
  }
  const gains = { edge: [] as number[], retail: [] as number[], wholesale: [] as number[] };
  for (let j = 0; j < edges; j++) {
    if (game.N[j]! > 0) gains.edge.push(edgeGain(instance, game, profile, j));
  }
  for (let i = 0; i < clouds; i++) {
    const retail = retailGain(instance, game, profile, i);
    if (retail !== undefined) gains.retail.push(retail);
    const wholesale = wholesaleGain(instance, game, profile, i);
    if (wholesale !== undefined) gains.wholesale.push(wholesale);
  }
  const most = (values: readonly number[]) =>
    values.length === 0 ? 0 : values.reduce((a, b) => Math.max(a, b));
  const edge = most(gains.edge);
  const retail = most(gains.retail);
  const wholesale = most(gains.wholesale);
  return {
    vehicle,
    edge,
    retail,
    wholesale,
    most: Math.max(0, vehicle, edge, retail, wholesale),
    violations: violationsOf(instance, game, profile),
  };
}

/** What an edge gains by another θ of the box, at the profile's w. */
function edgeGain(
  { suppliers, capacity, box }: GameInstance,
  game: MigrationGame,
  profile: Profile,
  j: number,
): number {
  const A = game.A[j]!;
  const N = game.N[j]!;
  const K = capacity[j]!;
  const w = profile.wholesale[suppliers[j]!]!;
  const earned = (S: number) => edgeUtility(A, N, K, w, S, box);
  const least = unitsSold(A, N, box.greatestRetail);
  const most = unitsSold(A, N, box.leastRetail);
  const kink = Math.min(Math.max(K, least), most);
  const best = Math.max(goldenMaximum(earned, least, kink), goldenMaximum(earned, kink, most));
  return best - earned(unitsSold(A, N, profile.theta[j]!));
}

/** What a cloud gains by another retail price with which it sells no more than it has. */
function retailGain(
  { edges, capacity, box }: GameInstance,
  game: MigrationGame,
  profile: Profile,
  i: number,
): number | undefined {
  const m = edges + i;
  const A = game.A[m]!;
  const N = game.N[m]!;
  if (!(N > 0)) return undefined;
  const earned = (S: number) => (A * S) / (S + N) - box.cloudUnitCost * S;
  const least = unitsSold(A, N, box.greatestRetail);
  const most = Math.min(unitsSold(A, N, box.leastRetail), capacity[m]!);
  if (least > most) return undefined;
  return goldenMaximum(earned, least, most) - earned(unitsSold(A, N, profile.theta[m]!));
}

/** What a cloud gains by another wholesale price; its edges answer anew, to the profile's price as well. */
function wholesaleGain(
  { edges, capacity, box }: GameInstance,
  game: MigrationGame,
  profile: Profile,
  i: number,
): number | undefined {
  const m = edges + i;
  const sold = game.N[m]! > 0 ? unitsSold(game.A[m]!, game.N[m]!, profile.theta[m]!) : 0;
  const room = Math.max(capacity[m]! - sold, 0);
  const market = game.wholesaleOf(i);
  const low = leastFeasible(market, room, box.leastWholesale, box.greatestWholesale);
  if (low === undefined) return undefined;
  const earned = (w: number) => (w - box.cloudUnitCost) * market.demand(w);
  const cuts = Array.from(market.cuts().subarray(0, market.cutCount)).filter((cut) => cut > low);
  let best = earned(low);
  let from = low;
  for (const to of cuts) {
    best = Math.max(best, goldenMaximum(earned, from, to));
    from = to;
  }
  return best - earned(profile.wholesale[i]!);
}

/** The least price of the box at which demand, which falls with it, is within the room. */
function leastFeasible(market: WholesaleMarket, room: number, low: number, high: number): number | undefined {
  if (market.demand(low) <= room) return low;
  if (market.demand(high) > room) return undefined;
  let [over, within] = [low, high];
  for (let i = 0; i < 200; i++) {
    const middle = (over + within) / 2;
    if (middle <= over || middle >= within) break;
    if (market.demand(middle) > room) over = middle;
    else within = middle;
  }
  return within;
}

/** What no player may do, whatever it gains. */
function violationsOf(
  { edges, clouds, capacity, box }: GameInstance,
  game: MigrationGame,
  profile: Profile,
): string[] {
  const found: string[] = [];
  const outside = (value: number, low: number, high: number) =>
    value < low * (1 - NO_GAIN) || value > high * (1 + NO_GAIN);
  for (let m = 0; m < edges + clouds; m++) {
    const theta = profile.theta[m]!;
    if (outside(theta, box.leastRetail, box.greatestRetail)) found.push(`server ${m}: θ is ${theta}`);
    if (m < edges || !(game.N[m]! > 0)) continue;
    // A ceiling price may sell above capacity: such sales are not rationed.
    const lowest = cloudRetail(game.A[m]!, game.N[m]!, capacity[m]!, box);
    const sold = unitsSold(game.A[m]!, game.N[m]!, theta);
    const most = Math.max(capacity[m]!, unitsSold(game.A[m]!, game.N[m]!, lowest));
    if (sold > most * (1 + NO_GAIN) + NO_GAIN) found.push(`server ${m}: sells ${sold} of ${capacity[m]}`);
  }
  for (let i = 0; i < clouds; i++) {
    const w = profile.wholesale[i]!;
    if (outside(w, box.leastWholesale, box.greatestWholesale)) found.push(`cloud ${i}: w is ${w}`);
    const market = game.wholesaleOf(i);
    const room = Math.max(capacity[edges + i]! - game.sold[edges + i]!, 0);
    const demand = market.demand(w);
    const fits = (units: number) => units <= room * (1 + NO_GAIN) + NO_GAIN;
    if (fits(demand)) continue;
    // With more demand than room at every price, the highest has to be posted.
    const highest = market.demand(box.greatestWholesale);
    if (fits(highest) || w < box.greatestWholesale * (1 - NO_GAIN)) {
      found.push(`cloud ${i}: sells ${demand} of ${room} at w ${w}`);
    }
  }
  return found;
}

/** The equilibrium as a profile. */
export function profileOf(game: MigrationGame): Profile {
  return { theta: game.theta, wholesale: game.wholesale, beta: game.beta };
}
