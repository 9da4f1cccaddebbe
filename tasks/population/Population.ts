import type { BehaviourSpec } from "../../learning/federated/behaviours/behaviourSpec.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { weiOf } from "../../numerics/weiOf.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Distribution, drawFrom } from "./distribution.ts";
import {
  COST_BOUNDS,
  FIELD_BOUNDS,
  type PopulationGroup,
  type PopulationSpec,
  SECONDS_BOUNDS,
} from "./populationSpec.ts";

/** What one client is; the same whenever it is asked for. */
export interface PopulationClient {
  /** From 0. */
  readonly client: number;
  readonly name: string;
  /** The name of its group. */
  readonly group: string;
  readonly behaviours: readonly BehaviourSpec[];
  /** Private: wei. */
  readonly costs: { readonly refresh: bigint; readonly update: bigint };
  /** How long an update takes it, seconds. */
  readonly updateSeconds: number;
  /** What its owner says by mechanism, as the mechanism's `ownerSchema` parsed it. */
  readonly owner: (mechanism: string) => unknown;
}

/**
 * The clients of a population. Who client i is follows from the specification, the seed and i alone, not from how many
 * others there are: groups with a count come first, in their order; of the others each client goes to the group that has
 * least of its share so far, so that every beginning of the list has the shares as nearly as can be.
 *
 * @example
 * const population = new Population(spec, { clients: 100, seed: 1 });
 * population.client(7).costs.refresh; // wei
 */
export class Population {
  readonly count: number;
  readonly #spec: PopulationSpec;
  readonly #seed: number;
  /** The group of each client, by its place. */
  readonly #groups: Uint8Array;

  /**
   * @param options - `clients`: how many; as the specification says unless given.
   * @throws BaseError `POPULATION_COUNT` when there is no such number of clients, and `POPULATION_OWNER` when what is
   * drawn for a client is nothing that its mechanism takes.
   */
  constructor(spec: PopulationSpec, { clients, seed }: { clients?: number | undefined; seed: number }) {
    this.#spec = spec;
    this.#seed = seed;
    this.count = clientCount(spec, clients);
    this.#groups = groupsOf(spec.groups, this.count);
  }

  /** @param client - In [0, count). */
  client(client: number): PopulationClient {
    const group = this.#spec.groups[this.#groups[client]!]!;
    const draw = (distribution: Distribution, bounds: typeof COST_BOUNDS, ...name: string[]) =>
      drawFrom(distribution, new SeededRandom(this.#seed, "population", client, ...name), bounds);
    const cost = (distribution: Distribution, ...name: string[]) =>
      weiOf(draw(distribution, COST_BOUNDS, ...name), "written");
    const costs = {
      refresh: cost(group.costs.refresh, "refresh"),
      update: cost(group.costs.update, "update"),
    };
    return {
      ...{ client, costs, group: group.name, behaviours: group.behaviour },
      name: `client ${client + 1}`,
      updateSeconds: draw(group.updateSeconds, SECONDS_BOUNDS, "seconds"),
      owner: (mechanism) => {
        const fields = group.mechanisms[mechanism];
        if (fields === undefined) return undefined;
        const said = Object.fromEntries(
          Object.entries(fields).map(([name, field]) => {
            if (typeof field === "number" || "kind" in field) {
              return [name, draw(field, FIELD_BOUNDS, mechanism, name)];
            }
            if ("tokens" in field) return [name, String(cost(field.tokens, mechanism, name))];
            return [name, String(timesOf(costs[field.of], field.times))];
          }),
        );
        return parsedOwner(mechanism, said, group.name);
      },
    };
  }

  /** How many clients each group has, by name. */
  sizes(): ReadonlyMap<string, number> {
    const sizes = new Map(this.#spec.groups.map(({ name }) => [name, 0]));
    for (const place of this.#groups) {
      const { name } = this.#spec.groups[place]!;
      sizes.set(name, sizes.get(name)! + 1);
    }
    return sizes;
  }
}

/** ⌊wei · times⌉, where `times` is known to a billionth. */
function timesOf(wei: bigint, times: number): bigint {
  const whole = 10n ** 9n;
  return (wei * BigInt(roundHalfAway(times * 1e9)) + whole / 2n) / whole;
}

/**
 * How many clients there are.
 *
 * @param given - How many there are to be; as the specification says unless given.
 * @throws BaseError `POPULATION_COUNT` when there is no such number.
 */
export function clientCount({ clients: said, groups }: PopulationSpec, given: number | undefined): number {
  const counted = groups.reduce((sum, { count = 0 }) => sum + count, 0);
  const areShared = groups.some(({ share }) => share !== undefined);
  const clients = given ?? said ?? (areShared ? undefined : counted);
  if (clients === undefined) {
    throw new BaseError("POPULATION_COUNT", "The population does not say how many clients there are.", {
      details: "Its groups have shares, of which there is no whole.",
      next: "Say `clients` in the population file.",
    });
  }
  if (areShared ? clients >= counted : clients === counted) return clients;
  throw new BaseError("POPULATION_COUNT", `There are to be ${clients} clients.`, {
    details: `The groups' counts come to ${counted}.`,
    next: "Change the counts, or give groups shares.",
  });
}

function groupsOf(groups: readonly PopulationGroup[], count: number): Uint8Array {
  const places = new Uint8Array(count);
  let client = 0;
  for (const [place, { count: size = 0 }] of groups.entries()) {
    places.fill(place, client, client + size);
    client += size;
  }
  const whole = groups.reduce((sum, { share = 0 }) => sum + share, 0);
  const had = new Float64Array(groups.length);
  for (let dealt = 1; client < count; client++, dealt++) {
    let neediest = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (const [place, { share }] of groups.entries()) {
      if (share === undefined) continue;
      const lacks = (share / whole) * dealt - had[place]!;
      if (lacks > most) [most, neediest] = [lacks, place];
    }
    had[neediest]!++;
    places[client] = neediest;
  }
  return places;
}

function parsedOwner(mechanism: string, said: Record<string, unknown>, group: string): unknown {
  const { ownerSchema } = MECHANISMS.find(({ name }) => name === mechanism)?.worker ?? {};
  const parsed = ownerSchema?.safeParse(said);
  if (parsed?.success === true) return parsed.data;
  throw new BaseError(
    "POPULATION_OWNER",
    `${mechanism} does not take what is said of the clients of ${group}.`,
    {
      details:
        parsed?.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") ??
        "It asks nothing about clients.",
      next: `Correct mechanisms.${mechanism} of the group.`,
    },
  );
}
