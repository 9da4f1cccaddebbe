/**
 * Every parameter of the system, with its symbol in specifications, its default, its unit and the values it may have.
 *
 * Paper: "papers/twin-migration.txt", Table 1 and Section V; where it gives no value, the project's reading does.
 */
import { type Allowed, between, whole } from "../../solving/SpecReader.ts";

/** One parameter. */
export interface Parameter<T> {
  /** Its name in specifications (`config`). */
  readonly symbol: string;
  readonly value: T;
  /** Empty for a pure number. */
  readonly unit: string;
  readonly about: string;
  /** What its numbers may be. */
  readonly allowed: Allowed;
}

function parameter<T>(symbol: string, value: T, unit: string, about: string, allowed: Allowed): Parameter<T> {
  return { symbol, value, unit, about, allowed };
}

/** All parameters, by readable name. */
export const PARAMETERS = {
  episodeSteps: parameter(
    "T",
    100,
    "steps",
    "length of an episode; the hotspot changes at floor(T/2)",
    whole(1, 10000),
  ),
  stepSeconds: parameter("dt", 1, "s", "length of a step; the model is meant for 1", between(0.01, 60)),
  cellMetres: parameter("cell", 500, "m", "side of a grid cell", between(50, 100000)),
  coverageMetres: parameter("Rcov", 300, "m", "coverage radius of a roadside unit (RSU)", between(1, 1e6)),
  leastSpeed: parameter("vmin", 10, "m/s", "least speed", between(0.01, 200)),
  greatestSpeed: parameter("vmax", 30, "m/s", "greatest speed", between(0.01, 200)),
  leastTwinMegabytes: parameter("Dmin", 10, "MB", "least size of a twin, before scaling", between(1e-6, 1e6)),
  greatestTwinMegabytes: parameter("Dmax", 50, "MB", "greatest size", between(1e-6, 1e6)),
  leastTaskCycles: parameter("Om_min", 6e8, "cycles", "least task, total cycles", between(1, 1e15)),
  greatestTaskCycles: parameter("Om_max", 1.6e9, "cycles", "greatest task", between(1, 1e15)),
  synchronizedShare: parameter(
    "phi_sync",
    0.02,
    "share of D",
    "uploaded by one synchronization",
    between(0, 1),
  ),
  liveShare: parameter(
    "phi_live",
    0.1,
    "share of D",
    "uploaded by the vehicle when a twin is instantiated directly (modes 1 and 2)",
    between(0, 1),
  ),
  edgeBandwidthHz: parameter(
    "B_edge",
    2e7,
    "Hz",
    "bandwidth of an edge server, before scaling",
    between(1, 1e12),
  ),
  cloudBandwidthHz: parameter(
    "B_cloud",
    1e8,
    "Hz",
    "bandwidth of a cloud server, before scaling",
    between(1, 1e12),
  ),
  vehicleWatts: parameter("P_v", 0.2, "W", "vehicle's transmit power", between(1e-9, 1e6)),
  roadsideWatts: parameter("P_j", 1, "W", "RSU's transmit power", between(1e-9, 1e6)),
  roadsideGain: parameter(
    "k_v2e",
    0.00020417379446695296,
    "linear",
    "channel gain at 1 m, vehicle to RSU (-36.9 dB)",
    between(1e-15, 1000),
  ),
  roadsideExponent: parameter("eps_v2e", 3, "", "its path-loss exponent", between(0.1, 10)),
  cloudGain: parameter(
    "k_v2c",
    0.0023442288153199225,
    "linear",
    "vehicle to cloud (-26.3 dB)",
    between(1e-15, 1000),
  ),
  cloudExponent: parameter("eps_v2c", 3, "", "its exponent", between(0.1, 10)),
  backhaulGain: parameter(
    "k_bh",
    0.003981071705534973,
    "linear",
    "backhaul, server to server (-24 dB)",
    between(1e-15, 1000),
  ),
  backhaulExponent: parameter("eps_bh", 2.4, "", "its exponent", between(0.1, 10)),
  noiseWattsPerHz: parameter(
    "N0",
    3.162277660168379e-20,
    "W/Hz",
    "noise density, -174 dBm/Hz with a 9 dB noise figure",
    between(1e-30, 1),
  ),
  edgeCores: parameter("s_edge", 4, "cores", "of an edge server, before scaling", between(0.01, 1000)),
  cloudCores: parameter("s_cloud", 16, "cores", "of a cloud server, before scaling", between(0.01, 1000)),
  leastEdgeHz: parameter("fe_min", 1e9, "Hz", "least clock, edge", between(1, 1e13)),
  greatestEdgeHz: parameter("fe_max", 3e9, "Hz", "greatest", between(1, 1e13)),
  leastCloudHz: parameter("fc_min", 1.5e9, "Hz", "least clock, cloud", between(1, 1e13)),
  greatestCloudHz: parameter("fc_max", 3.5e9, "Hz", "greatest", between(1, 1e13)),
  idleEdgeWatts: parameter("Pe_idle", 10, "W", "edge server, idle", between(0, 1e6)),
  peakEdgeWatts: parameter("Pe_peak", 50, "W", "edge server, all cores at fe_max", between(0, 1e6)),
  idleCloudWatts: parameter("Pc_idle", 50, "W", "cloud server, idle", between(0, 1e6)),
  peakCloudWatts: parameter("Pc_peak", 200, "W", "cloud server, peak", between(0, 1e6)),
  wideAreaSeconds: parameter("L_wan", 0.2, "s", "added to whatever a cloud server does", between(0, 1000)),
  leastRetail: parameter("th_min", 0.3, "$/MB", "least retail price", between(1e-6, 1e6)),
  greatestRetail: parameter("th_max", 0.5, "$/MB", "greatest retail price", between(1e-6, 1e6)),
  leastWholesale: parameter("wh_min", 0.12, "$/unit", "least wholesale price", between(1e-6, 1e6)),
  greatestWholesale: parameter("wh_max", 0.4, "$/unit", "greatest wholesale price", between(1e-6, 1e6)),
  edgeUnitCost: parameter("c_edge", 0.12, "$/unit", "edge server's unit cost", between(1e-6, 1e6)),
  cloudUnitCost: parameter("c_cloud", 0.06, "$/unit", "cloud server's unit cost", between(1e-6, 1e6)),
  edgeUnits: parameter(
    "K_edge",
    40,
    "units",
    "capacity of an edge server, before scaling",
    between(1e-6, 1e9),
  ),
  cloudUnits: parameter(
    "K_cloud",
    200,
    "units",
    "capacity of a cloud server, before scaling",
    between(1e-6, 1e9),
  ),
  migrationLimitSeconds: parameter("L_max", 6, "s", "limit of a migration's latency", between(0.001, 100000)),
  serviceLimitSeconds: parameter(
    "L_max_srv",
    2,
    "s",
    "limit of a synchronization's latency: on time or not",
    between(0.001, 100000),
  ),
  energyLimitJoules: parameter("E_max", 25, "J", "limit of a migration's energy", between(0, 1e9)),
  priceLimit: parameter(
    "C_max",
    25,
    "$",
    "limit of a migration's price, before scaling by c_e",
    between(0, 1e9),
  ),
  leastExperience: parameter("UX_min", 0.5, "", "C8, reported only", between(0, 1)),
  leastQuality: parameter("Q_min", 0.5, "", "least quality", between(0, 1)),
  leastReliability: parameter("R_min", 0.5, "", "C9, reported only", between(0, 1)),
  graceSteps: parameter("T_grace", 5, "steps", "out of coverage for so long: missed", whole(1, 10000)),
  bufferSeconds: parameter("Qbuf", 10, "s", "of work that a server's backlog holds", between(0, 1e6)),
  edgeReliability: parameter(
    "rel_edge",
    0.98,
    "",
    "probability that an edge server does not fail a migration",
    between(0, 1),
  ),
  cloudReliability: parameter("rel_cloud", 0.995, "", "the same, cloud", between(0, 1)),
  experienceWeights: parameter(
    "w_ux",
    [0.4, 0.4, 0.2] as readonly number[],
    "",
    "weights of latency, quality, reliability in the user experience",
    between(0, 1000),
  ),
  latencyDecay: parameter("bl", 0.7, "1/s", "decay with latency", between(1e-6, 1000)),
  qualityShape: parameter("bq", 1.5, "", "shape in quality", between(1e-6, 500)),
  reliabilityShape: parameter("br", 3, "", "shape in reliability", between(1e-6, 500)),
  objectiveWeights: parameter(
    "omega",
    [0.4, 0.1, 0.25, 0.1, 0.15] as readonly number[],
    "",
    "weights of the five objectives: UX, utility, latency, energy, cost",
    between(-1e6, 1e6),
  ),
  latencyReference: parameter("L_ref", 2, "s", "reference of latency", between(1e-9, 1e9)),
  energyReference: parameter("E_ref", 5, "J", "of energy", between(1e-9, 1e9)),
  costReference: parameter("C_ref", 12, "$", "of cost, before scaling by c_e", between(1e-9, 1e9)),
  utilityReference: parameter("U_ref", 0.8, "", "of a vehicle's utility", between(1e-9, 1e9)),
  hotspotBias: parameter(
    "hot_bias",
    0.35,
    "",
    "probability of turning towards the hotspot at a centre",
    between(0, 1),
  ),
  highClassShare: parameter(
    "p_hi",
    0.3,
    "",
    "probability that a twin is of class 0 (high priority)",
    between(0, 1),
  ),
  game: parameter(
    "stackelberg",
    true as boolean,
    "",
    "false: posted mid price and equal shares",
    between(0, 1),
  ),
  scaled: parameter("autoscale", true as boolean, "", "false: c_e = c_c = 1", between(0, 1)),
};

/** A value for each parameter. */
export type MigrationParameters = {
  readonly [Name in keyof typeof PARAMETERS]: (typeof PARAMETERS)[Name] extends Parameter<infer T>
    ? T
    : never;
};

/** The defaults. */
export const DEFAULT_PARAMETERS: MigrationParameters = Object.fromEntries(
  Object.entries(PARAMETERS).map(([name, { value }]) => [name, value]),
) as MigrationParameters;
