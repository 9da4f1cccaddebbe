import { type ThreadJob, threadJob } from "../../learning/engine/threadJob.ts";
import type { FitBatch, FittedBatch } from "./FitBatch.ts";
import { fitClients } from "./fitClients.ts";

// The jobs that each thread of a FederationPool runs.

export { evaluate, train } from "../../learning/training/computeThread.ts";

/** Fits as `fitClients`. */
export const fit: ThreadJob<FitBatch, FittedBatch> = threadJob(fitClients);
