import { nearestName } from "../../../../files/nearestName.ts";
import { between, type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { MigrationError } from "../MigrationError.ts";
import { DEFAULT_PARAMETERS, type MigrationParameters, PARAMETERS, type Parameter } from "../parameters.ts";
import { gridWorld } from "../rules/episodes.ts";
import { RULE_NAMES, Rule, type RuleParameters, TUNED_RULE } from "../rules/rules.ts";
import type { World } from "../world/World.ts";

/** How large a world of a specification may be: seeds of 32 bits, and numbers of who is in it. */
export const MOST = { seed: 2 ** 32 - 1, vehicles: 2000, edges: 500, clouds: 100, steps: 100_000 } as const;
/** Steps times vehicles times servers: some ten seconds of work. */
const MOST_WORK = 5e8;

/** Numbers that parameters must be in order with: the first at most the second. */
const ORDERED: readonly (readonly [keyof MigrationParameters, keyof MigrationParameters])[] = [
  ["leastSpeed", "greatestSpeed"],
  ["leastTwinMegabytes", "greatestTwinMegabytes"],
  ["leastTaskCycles", "greatestTaskCycles"],
  ["leastEdgeHz", "greatestEdgeHz"],
  ["leastCloudHz", "greatestCloudHz"],
  ["idleEdgeWatts", "peakEdgeWatts"],
  ["idleCloudWatts", "peakCloudWatts"],
];
/** The same, and not equal. */
const RISING: readonly (readonly [keyof MigrationParameters, keyof MigrationParameters])[] = [
  ["leastRetail", "greatestRetail"],
  ["leastWholesale", "greatestWholesale"],
];

/** Field `config`: parameters other than the defaults, by symbol. */
export function readConfig(spec: SpecReader): MigrationParameters {
  const config = spec.inner("config", { optional: true });
  const names = new Map(Object.entries(PARAMETERS).map(([name, { symbol }]) => [symbol, name]));
  const given: Record<string, unknown> = {};
  for (const symbol of config.names()) {
    const name = names.get(symbol);
    if (name === undefined) {
      const near = nearestName(symbol, [...names.keys()]);
      const meant = near === undefined ? "" : `; did you mean ${near}?`;
      throw new MigrationError("PARAM", `config.${symbol} is no parameter${meant}`, {
        next: "docs/migration-solve.md lists them.",
      });
    }
    const { value, allowed } = PARAMETERS[name as keyof typeof PARAMETERS] as Parameter<unknown>;
    if (typeof value === "boolean") given[name] = config.flag(symbol);
    else if (Array.isArray(value)) given[name] = Array.from(config.vector(symbol, value.length, allowed));
    else given[name] = config.number(symbol, allowed);
  }
  const parameters: MigrationParameters = { ...DEFAULT_PARAMETERS, ...given };
  for (const [pairs, fine] of [
    [ORDERED, (a: number, b: number) => a <= b],
    [RISING, (a: number, b: number) => a < b],
  ] as const) {
    for (const [low, high] of pairs) {
      if (fine(parameters[low] as number, parameters[high] as number)) continue;
      throw new MigrationError("PARAM", `${PARAMETERS[low].symbol} is above ${PARAMETERS[high].symbol}`);
    }
  }
  return parameters;
}

/** Fields `V`, `J`, `I` and `config`: a world that has not begun. */
export function readWorld(spec: SpecReader): World {
  const size = {
    vehicles: spec.number("V", whole(1, MOST.vehicles)),
    edges: spec.number("J", whole(1, MOST.edges)),
    clouds: spec.number("I", whole(1, MOST.clouds)),
  };
  return gridWorld(size, readConfig(spec));
}

/** Field `seed`. */
export function readSeed(spec: SpecReader): number {
  return spec.number("seed", whole(0, MOST.seed));
}

/** A seed that may be any whole number; draws take it modulo 2^32. */
export function readWholeSeed(spec: SpecReader, name: string): number {
  return spec.number(name, whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
}

/** Field `steps`. */
export function readSteps(spec: SpecReader): number {
  return spec.number("steps", whole(0, MOST.steps));
}

/** Refuses what takes more than some ten seconds. */
export function checkWork(world: World, steps: number): void {
  const { vehicles, servers } = world.instance;
  if (steps * vehicles * servers <= MOST_WORK) return;
  throw new MigrationError("PARAM", "that is too much to compute in one answer", {
    details: `${steps} steps of ${vehicles} vehicles and ${servers} servers.`,
    next: "Ask for fewer steps, or for a smaller world.",
  });
}

const ANY_ACTION = between(-1e12, 1e12);

/** Field `rule`: a name, or an object with a name and numbers; the defaults are the tuned rule's. */
export function readRule(spec: SpecReader): RuleParameters {
  const given = spec.raw("rule") ?? "cycle";
  if (typeof given === "string") return { ...TUNED_RULE, name: spec.choice("rule", RULE_NAMES) };
  const rule = spec.inner("rule");
  const number = (name: "q" | "f" | "alpha" | "adm" | "h" | "tau" | "cloud_penalty") =>
    rule.number(name, ANY_ACTION, TUNED_RULE[name]);
  return {
    name: rule.choice("name", RULE_NAMES, { required: true }),
    q: number("q"),
    server: rule.choice("server", ["const", "adapt"]),
    f: number("f"),
    alpha: number("alpha"),
    adm: number("adm"),
    h: number("h"),
    tau: number("tau"),
    cloud_penalty: number("cloud_penalty"),
  };
}

/** A rule for a world. */
export function ruleFor(world: World, parameters: RuleParameters): Rule {
  return new Rule(parameters, world.instance.vehicles, world.instance.servers);
}

/** Fields `V` … `rule`: a world after `steps` steps under the rule. */
export function readWorldAfter(spec: SpecReader): World {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const steps = readSteps(spec);
  const rule = ruleFor(world, readRule(spec));
  checkWork(world, steps);
  world.reset(seed);
  for (let t = 0; t < steps; t++) world.step(rule.act(world));
  return world;
}
