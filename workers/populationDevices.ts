import { MECHANISMS } from "../mechanisms/mechanisms.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Population } from "../tasks/population/Population.ts";
import type { WorkerBehaviour } from "./BehavingData.ts";
import type { DeviceConfig } from "./workerConfig.ts";

/** Most clients of a population that a network's workers can be. */
const MOST_DEVICES = 10_000;

/**
 * A population's clients as devices: what they cost, what mechanisms ask of their owners, and how each behaves. A twin
 * costs and behaves as its device, which lets all of its samples out.
 *
 * @throws BaseError `POPULATION_TOO_LARGE`, and those of `Population.client`.
 */
export function populationDevices(population: Population): {
  devices: DeviceConfig[];
  behaviours: WorkerBehaviour[];
} {
  if (population.count > MOST_DEVICES) {
    throw new BaseError("POPULATION_TOO_LARGE", `The population has ${population.count} clients.`, {
      details: `A network has at most ${MOST_DEVICES} devices.`,
      next: "Lower `clients`, or play it in the laboratory.",
    });
  }
  const clients = Array.from({ length: population.count }, (_, client) => population.client(client));
  return {
    devices: clients.map(({ name, costs, owner }) => {
      const said = MECHANISMS.flatMap((mechanism) => {
        const own = owner(mechanism.name);
        return own === undefined ? [] : [[mechanism.name, own] as const];
      });
      return {
        ...{ name, cost: costs.refresh, twinCost: costs.refresh },
        privacyPolicy: { kind: "fraction", fraction: 1 },
        mechanisms: Object.fromEntries(said),
      };
    }),
    behaviours: clients.map(({ client, behaviours, updateSeconds }) => ({
      client,
      behaviours,
      updateSeconds,
    })),
  };
}
