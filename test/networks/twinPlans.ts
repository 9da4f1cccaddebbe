import { TUNED_VEHICLE } from "../../mechanisms/twin-migration/decision/chooseHost.ts";
import type { PartyPlan, Setting } from "../../mechanisms/twin-migration/parties/partyPlan.ts";

const STEP_MILLISECONDS = 5000;
const STEPS = 36;

/** Whose address each party of the market has. */
export interface TwinAddresses {
  /** Acme's edge server, on the virtual chain. */
  edge1: string;
  /** Borea's, on the physical one. */
  edge2: string;
  /** Corvo's cloud. */
  cloud: string;
}

/**
 * The plans of the smallest market in which a twin moves from one subchain to another: two edge servers 500 m apart, of
 * two companies, the cloud of a third, a keeper, and a vehicle of the third's that drives from the first to the second.
 *
 * @returns By the file that each is in; `key` counts each company's own party keys.
 */
export function twinPlans(
  { edge1, edge2, cloud }: TwinAddresses,
  startAtMs: number,
): Record<string, PartyPlan> {
  const setting: Setting = {
    site: {
      ...{ widthMetres: 1000, heightMetres: 500, neighbourMetres: 525 },
      ...{ edgeX: [250, 750], edgeY: [250, 250], cloudX: [500], cloudY: [1000] },
    },
    vehicles: 1,
    servers: [
      { name: "Acme's edge", address: edge1, kind: "Edge", chain: "virtual", cloud },
      { name: "Borea's edge", address: edge2, kind: "Edge", chain: "physical", cloud },
      { name: "Corvo's cloud", address: cloud, kind: "Cloud", chain: "virtual" },
    ],
    ...{ startAtMs, stepMs: STEP_MILLISECONDS, steps: STEPS },
  };
  const server = (place: number): PartyPlan => ({
    role: "server",
    ...{ name: setting.servers[place]!.name, key: 0, seed: 1, setting, place, reliability: 1 },
    ...(place === 2 ? { own: 400_000, capacity: 400_000 } : { own: 40_000, capacity: 80_000 }),
    mostTwins: 10,
  });
  return {
    "corvo/cloud-plan.json": server(2),
    "acme/edge-plan.json": server(0),
    "borea/edge-plan.json": server(1),
    "acme/keeper-plan.json": { role: "keeper", name: "Acme's keeper", key: 1, seed: 1, setting },
    "corvo/vehicle-plan.json": {
      role: "vehicle",
      ...{ name: "Corvo's truck", key: 1, seed: 7, setting },
      track: {
        x: Array.from({ length: STEPS + 1 }, (_, t) => 200 + (600 * t) / STEPS),
        y: new Array<number>(STEPS + 1).fill(250),
      },
      ...{ kilobytes: 5000, priority: 1, stateBytes: 50_000, synchronizeEvery: 2, rule: TUNED_VEHICLE },
    },
  };
}
