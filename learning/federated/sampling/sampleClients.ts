import { portableLog } from "../../../numerics/portableLog.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { SamplingSpec } from "./samplingSpec.ts";

/** What a subchain draws its clients by. */
export interface SubchainDraw {
  readonly sampling: "Uniform" | "Freshness";
  readonly beacon: string;
  readonly enrolled: number;
  /** How many are drawn for a round; all, if there are no more. */
  readonly drawn: number;
}

/** What is known of a task's clients before a round; functions of a client, from 0. */
export interface ClientFacts {
  /** How many are registered. */
  readonly count: number;
  /** Samples that a client holds, ≥ 0; one with none is chosen by `all`, `uniform` and `freshness` only. */
  readonly sizeOf: (client: number) => number;
  /** Its loss when it last trained; undefined if it never has. */
  readonly lossOf: (client: number) => number | undefined;
  /** Rounds since it last took part, ≥ 1; if it never has, one more than there have been rounds. */
  readonly ageOf: (client: number) => number;
  /** Whom a subchain draws for this round, of its own, ascending. */
  readonly drawnOn: (subchain: SubchainDraw) => Uint32Array;
}

/** Candidates for each client that is chosen by its loss, unless a task says otherwise. */
const CANDIDATES = 3;

/** Of the age, by which clients are likelier to be chosen by freshness, unless a task says otherwise. */
const POWER = 1;

/**
 * The clients that take part in a round, drawn without replacement: the same for
 * whoever has the same facts and source, which draws once a client at the most, in
 * the order of the clients.
 *
 * In proportion to a weight w_i is meant as in Efraimidis and Spirakis, "Weighted
 * random sampling with a reservoir", 2006: those with the largest u_i^(1/w_i), which
 * is drawing one after the other from those that are left, each with probability
 * w_i / Σ w. By loss is the power of choice (Cho, Wang, Joshi, "Client selection in
 * federated learning", 2020, algorithm 1); who never trained comes first.
 *
 * | symbol | identifier |
 * |---|---|
 * | w_i | `weightOf` |
 * | u_i | 1 − `random.uniform()` |
 * | d, m | `candidates`, `clients` |
 *
 * Uniformly or by freshness from beacons is drawing as the subchains of the whole
 * system do: from the beacons alone, not from the source. By freshness it is the
 * policy of Yang, Arafa, Quek, Poor, "Age-based scheduling policy for federated
 * learning in mobile edge networks", 2020: the oldest first. Without beacons they are
 * only likelier.
 *
 * @returns Distinct clients, ascending.
 * @throws BaseError `SAMPLING_WEIGHT` for a size or an age that is no number ≥ 0; `SAMPLING_BEACONS` when the clients
 * are not those that enrolled under the beacons.
 *
 * @example
 * const clients = sampleClients({ kind: "size", clients: 50 }, facts, new SeededRandom(seed, "sampling", round));
 */
export function sampleClients(spec: SamplingSpec, facts: ClientFacts, random: RandomSource): Uint32Array {
  switch (spec.kind) {
    case "all":
      return Uint32Array.from({ length: facts.count }, (_, client) => client);
    case "uniform":
      if (spec.beacons !== undefined) return fromBeacons("Uniform", spec.clients, spec.beacons, facts);
      return byWeight(spec.clients, facts.count, () => 1, random);
    case "size":
      return byWeight(spec.clients, facts.count, facts.sizeOf, random);
    case "loss": {
      const { clients, candidates = CANDIDATES * clients } = spec;
      const drawn = byWeight(Math.max(clients, candidates), facts.count, facts.sizeOf, random);
      const losses = new Map(Array.from(drawn, (client) => [client, lossOf(facts, client)]));
      return first(clients, drawn, (a, b) => order(losses.get(b)!, losses.get(a)!) || a - b);
    }
    case "freshness": {
      if (spec.beacons !== undefined) return fromBeacons("Freshness", spec.clients, spec.beacons, facts);
      const { clients, power: exponent = POWER } = spec;
      return byWeight(clients, facts.count, (client) => power(facts.ageOf(client), exponent), random);
    }
    default:
      return spec satisfies never;
  }
}

/** `most` of the clients with a weight above 0, or all of them. */
function byWeight(
  most: number,
  count: number,
  weightOf: (client: number) => number,
  random: RandomSource,
): Uint32Array {
  const keys = new Float64Array(count);
  const eligible = new Uint32Array(count);
  let length = 0;
  for (let client = 0; client < count; client++) {
    const weight = weightOf(client);
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) throw wrongWeight(client, weight);
    // ln u / w orders as u^(1/w) does. Drawn for all, so that one client's weight changes nobody else's draw.
    keys[client] = portableLog(1 - random.uniform()) / weight;
    if (weight > 0) eligible[length++] = client;
  }
  return first(most, eligible.subarray(0, length), (a, b) => order(keys[b]!, keys[a]!) || a - b);
}

/** So many of each subchain's clients, which come one subchain after the other. */
function fromBeacons(
  sampling: SubchainDraw["sampling"],
  drawn: number,
  beacons: readonly { beacon: string; enrolled: number }[],
  { count, drawnOn }: ClientFacts,
): Uint32Array {
  const enrolled = beacons.reduce((sum, one) => sum + one.enrolled, 0);
  if (enrolled !== count) {
    throw new BaseError("SAMPLING_BEACONS", "The beacons draw from other clients than there are.", {
      details: `${enrolled} enrolled under them; there are ${count}.`,
      next: "Give the beacon of every subchain, with the number of its workers.",
    });
  }
  let first = 0;
  const chosen: number[] = [];
  for (const { beacon, enrolled } of beacons) {
    for (const index of drawnOn({ sampling, beacon, enrolled, drawn })) chosen.push(first + index);
    first += enrolled;
  }
  return Uint32Array.from(chosen);
}

/** The first of clients in an order, ascending. */
function first(most: number, clients: Uint32Array, before: (a: number, b: number) => number): Uint32Array {
  return clients.toSorted(before).slice(0, most).sort();
}

/** As `sort` has it; a difference would be NaN of two infinities. */
function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A loss that is not known, or no longer a number, is worth looking at first. */
function lossOf({ lossOf: known }: ClientFacts, client: number): number {
  const loss = known(client);
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}

/** By multiplication, for `**` may differ between machines. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let factor = 0; factor < exponent; factor++) result *= base;
  return result;
}

function wrongWeight(client: number, weight: number): BaseError {
  return new BaseError("SAMPLING_WEIGHT", `Client ${client} cannot be drawn with weight ${weight}.`, {
    next: "Give every client a size and an age of at least 0.",
  });
}
