import type { Interest } from "../chains/clients/Interest.ts";

/** What a keeper needs of the main chain's events: told of each task until it is closed, and none is kept. */
export const KEEPER_ON_MAIN: Interest = {
  names: ["TaskPublished", "TaskClosed"],
  begins: "TaskPublished",
  keeps: () => false,
};

/** The same of a subchain, until a task has ended and its epoch is settled. */
export const KEEPER_ON_SUBCHAIN: Interest = {
  names: ["TaskArrived", "WorkerEnrolled", "EpochClosed", "TaskFinished"],
  begins: "TaskArrived",
  keeps: () => false,
};
