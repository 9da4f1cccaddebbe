import { answerSeeds } from "../inProcesses.ts";
import type { Plant } from "./plants.ts";
import { compiledNetworkFor, runSchedule } from "./runSchedule.ts";

// A process of the simulation: gets the seeds of schedules one by one and answers each with its result.

const plant = process.argv[2] as Plant | undefined;
const network = compiledNetworkFor(plant);

answerSeeds(async (seed) => runSchedule(seed, { network: await network, plant }));
