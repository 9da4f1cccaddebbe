import type { Plant } from "./plants.ts";
import { compiledNetworkFor, runSchedule } from "./runSchedule.ts";

// A process of the simulation: gets the seeds of schedules one by one and answers each with its result.

const plant = process.argv[2] as Plant | undefined;
const network = compiledNetworkFor(plant);

process.on("message", async (seed: number) => {
  process.send!(await runSchedule(seed, { network: await network, plant }));
});
// Without whom it works for, it has nothing to do.
process.on("disconnect", () => process.exit());
