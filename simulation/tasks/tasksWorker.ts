import { answerSeeds } from "../inProcesses.ts";
import type { TaskPlant } from "./plants.ts";
import { compiledTaskNetworkFor, runTaskSchedule } from "./runTaskSchedule.ts";

// A process of the simulation: gets the seeds of schedules one by one and answers each with its result.

const plant = process.argv[2] as TaskPlant | undefined;
const network = compiledTaskNetworkFor(plant);

answerSeeds(async (seed) => runTaskSchedule(seed, { network: await network, plant }));
