/** Kinds of the game: `vehicle-response`, `edge-response`, `retail-price`, `cloud-price`, `stackelberg`, `verify`. */
import { ANY, NOT_NEGATIVE, POSITIVE, type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { deviationsFrom, type GameInstance, NO_GAIN, profileOf } from "../game/deviations.ts";
import { MigrationGame } from "../game/MigrationGame.ts";
import {
  cloudRetail,
  edgeQuantity,
  edgeUtility,
  type PriceBox,
  unitsSold,
  vehicleDemand,
  vehicleUtility,
} from "../game/responses.ts";
import { WholesaleMarket } from "../game/WholesaleMarket.ts";
import { MigrationError } from "../MigrationError.ts";
import { DEFAULT_PARAMETERS } from "../parameters.ts";
import { checkLengths } from "./checkLengths.ts";
import { MOST } from "./readWorld.ts";

const P = DEFAULT_PARAMETERS;
/** Edges of one cloud, and vehicles of a game, at most. */
const MOST_EDGES = 2000;
const MOST_VEHICLES = 20_000;
/** Prices and costs by their symbols. */
const SYMBOLS = {
  c_edge: "edgeUnitCost",
  c_cloud: "cloudUnitCost",
  th_min: "leastRetail",
  th_max: "greatestRetail",
  wh_min: "leastWholesale",
  wh_max: "greatestWholesale",
} as const;
type PriceSymbol = keyof typeof SYMBOLS;
const RETAIL: readonly PriceSymbol[] = ["th_min", "th_max"];
const ALL = Object.keys(SYMBOLS) as PriceSymbol[];

/** Prices and costs that a kind has; the others are the defaults. */
function readBox(spec: SpecReader, symbols: readonly PriceSymbol[]): PriceBox {
  const box: Record<(typeof SYMBOLS)[PriceSymbol], number> = { ...P };
  for (const symbol of symbols) {
    // Whether wh_min is too low is a question of the model, not of the field.
    const allowed = symbol === "wh_min" ? ANY : POSITIVE;
    box[SYMBOLS[symbol]] = spec.number(symbol, allowed, P[SYMBOLS[symbol]]);
  }
  if (!(box.greatestRetail > box.leastRetail))
    throw new MigrationError("PARAM", "th_max must be above th_min");
  if (!(box.greatestWholesale > box.leastWholesale)) {
    throw new MigrationError("PARAM", "wh_max must be above wh_min");
  }
  return box;
}

/** @throws MigrationError `DOMAIN` unless vehicles value a unit above every price. */
function checkWorth(A: number, N: number, box: PriceBox): void {
  if (A / N > box.greatestRetail) return;
  throw new MigrationError("DOMAIN", "A/N must be above th_max", {
    details: `${A / N} is not above ${box.greatestRetail}.`,
  });
}

function checkWholesale(box: PriceBox): void {
  if (box.leastWholesale >= box.edgeUnitCost) return;
  throw new MigrationError("DOMAIN", "wh_min must be at least c_edge");
}

/** Kind `vehicle-response`. */
export function vehicleResponseSpec(spec: SpecReader): Record<string, unknown> {
  const a = spec.number("a", POSITIVE);
  const s = spec.number("s", POSITIVE);
  const theta = spec.number("theta", POSITIVE);
  const beta = vehicleDemand(a, s, theta);
  return { beta, U: vehicleUtility(a, s, theta, beta) };
}

/** Kind `edge-response`: an edge's best quantity at a wholesale price. */
export function edgeResponseSpec(spec: SpecReader): Record<string, unknown> {
  const A = spec.number("A", POSITIVE);
  const N = spec.number("N", POSITIVE);
  const K = spec.number("K", NOT_NEGATIVE);
  const w = spec.number("w", ANY);
  const box = readBox(spec, ["c_edge", ...RETAIL]);
  checkWorth(A, N, box);
  if (w < box.edgeUnitCost) throw new MigrationError("DOMAIN", "w must be at least c_edge");
  const S = edgeQuantity(A, N, K, w, box);
  return { S, theta: A / (S + N), B: Math.max(S - K, 0), U: edgeUtility(A, N, K, w, S, box) };
}

/** Kind `retail-price`: a cloud's own retail price. */
export function retailPriceSpec(spec: SpecReader): Record<string, unknown> {
  const A = spec.number("A", POSITIVE);
  const N = spec.number("N", POSITIVE);
  const K = spec.number("K", NOT_NEGATIVE);
  const box = readBox(spec, ["c_cloud", ...RETAIL]);
  checkWorth(A, N, box);
  const theta = cloudRetail(A, N, K, box);
  const S = unitsSold(A, N, theta);
  return { theta, S, U: (theta - box.cloudUnitCost) * S };
}

/** Kind `cloud-price`: a cloud's best wholesale price. */
export function cloudPriceSpec(spec: SpecReader): Record<string, unknown> {
  const edges = spec.records("edges", MOST_EDGES).map((edge) => ({
    A: edge.number("A", ANY),
    N: edge.number("N", POSITIVE),
    K: edge.number("K", NOT_NEGATIVE),
  }));
  const K = spec.number("K", NOT_NEGATIVE);
  const sold = spec.number("S_retail", NOT_NEGATIVE, 0);
  const box = readBox(spec, ALL);
  for (const { A, N } of edges) checkWorth(A, N, box);
  checkWholesale(box);
  const market = new WholesaleMarket(edges.length, box);
  for (const edge of edges) market.add(edge.A, edge.N, edge.K);
  const w = market.best(Math.max(K - sold, 0));
  return {
    w,
    B: edges.map((_, j) => market.bought(j, w)),
    U: (w - box.cloudUnitCost) * market.demand(w),
  };
}

/** Fields of a whole game, and a check of their lengths for when all fields were read. */
function readGame(spec: SpecReader): { instance: GameInstance; check: () => void } {
  const edges = spec.number("J", whole(1, MOST.edges));
  const clouds = spec.number("I", whole(1, MOST.clouds));
  const worth = spec.numbers("a", ANY, MOST_VEHICLES);
  const scale = spec.numbers("s", POSITIVE, MOST_VEHICLES);
  const hosts = spec.numbers("host", whole(0, edges + clouds - 1), MOST_VEHICLES);
  const suppliers = spec.numbers("assoc", whole(0, clouds - 1));
  const capacity = spec.numbers("K", NOT_NEGATIVE);
  const box = readBox(spec, ALL);
  const check = () => {
    checkLengths([
      ["s", scale.length, worth.length],
      ["host", hosts.length, worth.length],
      ["assoc", suppliers.length, edges],
      ["K", capacity.length, edges + clouds],
    ]);
  };
  return { instance: { edges, clouds, worth, scale, hosts, suppliers, capacity, box }, check };
}

function checkGame({ worth, box }: GameInstance): void {
  for (const [v, a] of Array.from(worth).entries()) {
    if (a > box.greatestRetail) continue;
    throw new MigrationError("DOMAIN", `a[${v}] must be above th_max`, {
      details: `${a} is not above ${box.greatestRetail}.`,
    });
  }
  checkWholesale(box);
}

function solved(instance: GameInstance): MigrationGame {
  const game = new MigrationGame(instance.worth.length, instance);
  game.solve(instance.worth, instance.scale, instance.hosts);
  return game;
}

/** Kind `stackelberg`: the whole game. */
export function stackelbergSpec(spec: SpecReader): Record<string, unknown> {
  const { instance, check } = readGame(spec);
  check();
  checkGame(instance);
  const game = solved(instance);
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return {
    theta: Array.from(game.theta),
    beta: Array.from(game.beta),
    S: Array.from(game.sold),
    B: Array.from(game.bought),
    w: Array.from(game.wholesale),
    U_vehicle: Array.from(game.vehicleUtility),
    U_server: Array.from(game.serverUtility),
    U_system: sum(game.vehicleUtility) + sum(game.serverUtility),
    deviation_gain: deviationsFrom(instance, profileOf(game)).most,
  };
}

/** Kind `verify`: the most that anybody gains by deviating alone; strategies are by default the equilibrium's. */
export function verifySpec(spec: SpecReader): Record<string, unknown> {
  const { instance, check } = readGame(spec);
  const { edges, clouds, worth, scale, hosts } = instance;
  const profile = spec.inner("profile", { optional: true });
  const given = (name: string, allowed = POSITIVE) =>
    profile.has(name) ? profile.numbers(name, allowed) : undefined;
  const theta = given("theta");
  const wholesale = given("w");
  const beta = given("beta", NOT_NEGATIVE);
  check();
  checkLengths([
    ["profile.theta", theta?.length ?? edges + clouds, edges + clouds],
    ["profile.w", wholesale?.length ?? clouds, clouds],
    ["profile.beta", beta?.length ?? worth.length, worth.length],
  ]);
  checkGame(instance);
  const game = solved(instance);
  const prices = theta ?? Array.from(game.theta);
  const gains = deviationsFrom(instance, {
    theta: prices,
    wholesale: wholesale ?? game.wholesale,
    // Vehicles follow: their strategy is an answer to prices.
    beta: beta ?? Array.from(worth, (a, v) => vehicleDemand(a, scale[v]!, prices[hosts[v]!]!)),
  });
  return {
    gain_vehicle: gains.vehicle,
    gain_edge: gains.edge,
    gain_retail: gains.retail,
    gain_wholesale: gains.wholesale,
    max_gain: gains.most,
    equilibrium: gains.most <= NO_GAIN,
    violations: [...gains.violations],
  };
}
