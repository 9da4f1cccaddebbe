/**
 * What a vehicle estimates of servers from what it knows: its own place, the site, and from the chain who hosts how
 * many. As the environment's estimates (mathematics/world/Observer.ts), with others' demand taken as the mean.
 */
import { MODES, modeOf } from "../mathematics/paths.ts";
import { cobhamWaits, MOST_LOAD } from "../mathematics/queue.ts";
import { BITS_PER_MEGABYTE, rateOf, receivedHz } from "../mathematics/radio.ts";
import type { Instance } from "../mathematics/world/Instance.ts";

/** How a server's resources are used by the rule: clock and share of the band for access, as actions. */
const CLOCK_ACTION = 0.99;
const ACCESS_SHARE = 0.97;
/** Tasks a second of a twin. */
const TASKS_HZ = 1;

/** The vehicle itself, now. */
export interface OwnState {
  readonly x: number;
  readonly y: number;
  /** Place of its host among the servers; −1 for none. */
  readonly host: number;
  /** D, MB. */
  readonly megabytes: number;
  /** 0 for the high class, 1 for the low one. */
  readonly priority: 0 | 1;
  /** Quality of its synchronizations, in [0, 1] on top of the least. */
  readonly quality: number;
}

/** What is estimated of a server. */
export interface Estimate {
  /** Of a synchronization, s. */
  readonly serviceSeconds: number;
  /** Of a migration there, s; 0 at the host. */
  readonly migrationSeconds: number;
  /** Its transfer alone, s, and its way (mathematics/paths.ts). */
  readonly transferSeconds: number;
  readonly mode: number;
  readonly metres: number;
}

/** The nearest edge server: the one that gives access. */
export function accessOf(instance: Instance, { x, y }: { x: number; y: number }): number {
  let nearest = 0;
  for (let j = 1; j < instance.edges; j++) {
    if (metresTo(instance, j, { x, y }) < metresTo(instance, nearest, { x, y })) nearest = j;
  }
  return nearest;
}

export function metresTo(instance: Instance, m: number, { x, y }: { x: number; y: number }): number {
  const [dx, dy] = [x - instance.x[m]!, y - instance.y[m]!];
  return Math.sqrt(dx * dx + dy * dy);
}

/**
 * Estimates of all servers.
 *
 * @param twins - How many each hosts, or is about to, without the vehicle's own. [M]
 */
export function estimatesOf(
  instance: Instance,
  own: OwnState,
  twins: ArrayLike<number>,
): readonly Estimate[] {
  const { parameters: p, edges, servers } = instance;
  const access = accessOf(instance, own);
  const D = own.megabytes * BITS_PER_MEGABYTE;
  const live = p.liveShare * D;
  const q = p.leastQuality + (1 - p.leastQuality) * own.quality;
  const bits = p.synchronizedShare * D * q;
  const cycles = (p.leastTaskCycles + p.greatestTaskCycles) / 2;
  // Whoever has a twin at an edge server most likely also has its access there.
  const uplinkHz = (ACCESS_SHARE * instance.bandwidthHz[access]!) / (twins[access]! + 1);
  const received = receivedHz(instance.roadside, p.noiseWattsPerHz, metresTo(instance, access, own));
  const upload = bits / rateOf(received, uplinkHz);
  const backhaulHz = (from: number, to: number) =>
    to >= edges
      ? instance.bandwidthHz[to]! / (twins[to]! + 1)
      : ((1 - ACCESS_SHARE) * instance.bandwidthHz[from]!) / 2;
  const relaySeconds = (from: number, to: number, carried: number) =>
    from === to ? 0 : carried / rateOf(instance.backhaul[from * servers + to]!, backhaulHz(from, to));
  const waits = new Float64Array(2);
  return Array.from({ length: servers }, (_, m): Estimate => {
    const wide = m >= edges ? p.wideAreaSeconds : 0;
    const clock = instance.leastHz[m]! + (instance.greatestHz[m]! - instance.leastHz[m]!) * CLOCK_ACTION;
    const others = TASKS_HZ * twins[m]! + instance.standingHz[m]! / cycles;
    const high = p.highClassShare * others + (own.priority === 0 ? TASKS_HZ : 0);
    const arrivals = [high, (1 - p.highClassShare) * others + (own.priority === 1 ? TASKS_HZ : 0)];
    cobhamWaits(arrivals, 0, 2, clock / (q * cycles), instance.cores[m]!, MOST_LOAD, waits);
    const wait = waits[own.priority]!;
    const serviceSeconds =
      upload + (m === access ? 0 : relaySeconds(access, m, bits) + wide) + wait + (q * cycles) / clock;
    const metres = metresTo(instance, m, own);
    if (m === own.host) {
      return { serviceSeconds, migrationSeconds: 0, transferSeconds: 0, mode: MODES.none, metres };
    }
    let direct = Number.POSITIVE_INFINITY;
    if (m === access) {
      direct = live / rateOf(received, (ACCESS_SHARE * instance.bandwidthHz[m]!) / (twins[m]! + 1));
    } else if (m >= edges) {
      const far = receivedHz(instance.uplink, p.noiseWattsPerHz, metres);
      direct = live / rateOf(far, instance.bandwidthHz[m]! / (twins[m]! + 1));
    }
    const relayed = own.host < 0 ? Number.POSITIVE_INFINITY : relaySeconds(own.host, m, D);
    const transferSeconds = Math.min(direct, relayed);
    const migrationSeconds = transferSeconds + wait + cycles / clock + wide;
    return {
      serviceSeconds,
      migrationSeconds,
      transferSeconds,
      mode: modeOf(m >= edges, direct, relayed),
      metres,
    };
  });
}
