/** Names and bounds of what agents observe and do, in the order of the arrays. */

/** One number of a space. */
export interface NamedNumber {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** What it is, with its unit where it has one. */
  readonly about: string;
}

const ANY = Number.POSITIVE_INFINITY;

function number(name: string, low: number, high: number, about: string): NamedNumber {
  return { name, low, high, about };
}

/** What a vehicle observes of itself. [18] */
export const VEHICLE_SPACE: readonly NamedNumber[] = [
  number("x", 0, 1, "position over the width of the map"),
  number("y", 0, 1, "position over its height"),
  number("velocityX", -ANY, ANY, "velocity along x over 30 m/s"),
  number("velocityY", -ANY, ANY, "velocity along y over 30 m/s"),
  number("size", 0, ANY, "size of the twin over 50 MB, scaled"),
  number("task", 0, ANY, "cycles of the task over 1.6e9"),
  number("highClass", 0, 1, "1 for class 0"),
  number("onCloud", 0, 1, "1 if a cloud hosts"),
  number("hostDistance", 0, 3, "distance to the host over the coverage radius; 0 for a cloud"),
  number("migrating", 0, 1, "1 while a migration runs"),
  number("accessExit", 0, ANY, "time until the access RSU's coverage is left over 30 s"),
  number("overdue", 0, 1, "steps that the host has been out of coverage over 5"),
  number("reliability", 0, 1, "moving average of what was on time and did not fail"),
  number("experience", 0, 1, "user experience of the last step"),
  number("latency", 0, 3, "latency of the last step over 2 s"),
  number("energy", 0, ANY, "energy of the last step over its reference"),
  number("cost", -ANY, ANY, "cost of the last step over its reference; negative for a refund"),
  number("utility", -ANY, ANY, "utility of the last step over its reference"),
];

/** What a server observes of itself. [14] */
export const SERVER_SPACE: readonly NamedNumber[] = [
  number("cloud", 0, 1, "1 for a cloud"),
  number("hostedLoad", 0, 2, "demand of hosted twins over capacity"),
  number("incomingLoad", 0, 2, "demand of twins that are coming over capacity"),
  number("backlog", 0, 5, "backlog over 2 s of work"),
  number("wait", 0, 3, "wait of class 1 over 2 s"),
  number("clock", 0, 1, "clock in its range"),
  number("accessShare", 0, 1, "share of the band for access; 0 for a cloud"),
  number("price", -ANY, ANY, "retail price less 0.4 $/MB over 0.1 $/MB"),
  number("sharers", 0, ANY, "users of the backhaul or of the cloud's band over vehicles a server"),
  number("accessVehicles", 0, ANY, "vehicles with access over twice the vehicles an edge; 0 for a cloud"),
  number("uploads", 0, 4, "mean upload of who has access, s; 0 for a cloud"),
  number("experience", 0, 1, "mean experience of hosted twins"),
  number("latency", 0, 3, "mean latency of hosted twins over 2 s"),
  number("utility", -1, 2, "utility over its reference"),
];

/** What a vehicle observes of each of its candidates. [12] */
export const PAIR_SPACE: readonly NamedNumber[] = [
  number("valid", 0, 1, "1 for a candidate, 0 with zeros for none"),
  number("cloud", 0, 1, "1 for a cloud"),
  number("distance", 0, 3, "distance over the coverage radius; 0 for a cloud"),
  number("exit", 0, ANY, "time until its coverage is left over 30 s"),
  number("closing", -1, 1, "cosine of the heading towards it; 0 for a cloud"),
  number("service", 0, 3, "estimated service over 2 s"),
  number("migration", 0, 2, "estimated migration over 6 s"),
  number("load", 0, 2, "demand of hosted and coming twins over capacity"),
  number("slack", -ANY, 1.4, "admission level less that load"),
  number("price", -ANY, ANY, "retail price less 0.4 $/MB over 0.1 $/MB"),
  number("access", 0, 1, "1 for the access RSU"),
  number("covers", 0, 1, "1 if it covers the vehicle; 0 for a cloud"),
];

/** Names of candidates; an action is one of their indices. [6] */
export const CANDIDATE_NAMES = ["stay", "access", "ahead", "other", "cloud", "secondCloud"] as const;

/** What a vehicle does: [candidate, quality]. */
export const VEHICLE_ACTIONS: readonly NamedNumber[] = [
  number(
    "candidate",
    0,
    CANDIDATE_NAMES.length - 1,
    "a whole number; one that the mask rules out means stay",
  ),
  number("quality", 0, 1, "q = Q_min + (1 − Q_min) x"),
];
/** What an edge does. */
export const EDGE_ACTIONS: readonly NamedNumber[] = [
  number("clock", 0, 1, "f = f_min + (f_max − f_min) x"),
  number("accessShare", 0, 1, "α = 0.4 + 0.5 x"),
  number("admission", 0, 1, "level 0.6 + 0.8 x"),
];
/** What a cloud does. */
export const CLOUD_ACTIONS: readonly NamedNumber[] = [EDGE_ACTIONS[0]!, EDGE_ACTIONS[2]!];

/** Names of the five rewards, in order. */
export const REWARD_NAMES = ["experience", "utility", "latency", "energy", "cost"] as const;
