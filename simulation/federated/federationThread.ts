import { type ThreadJob, threadJob } from "../../learning/engine/threadJob.ts";
import type { FitLane, FittedLane } from "./FitLane.ts";
import { fitClients } from "./fitClients.ts";

// The jobs that each thread of a FederationPool runs.

export { evaluate, train } from "../../learning/training/computeThread.ts";

/** Fits as `fitClients`. */
export const fit: ThreadJob<FitLane, FittedLane> = threadJob(fitClients);
