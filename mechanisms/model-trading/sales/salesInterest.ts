import type { Interest } from "../../../chains/clients/Interest.ts";

/** Which tasks concern a publisher's service, and which do not for ever; see `Interest`. */
type Concerns = Required<Pick<Interest, "concerns" | "isOver">>;

/** What a publisher's service needs of the main chain's events. */
export function salesOnMain(concerns: Concerns): Interest {
  return { names: ["TaskPublished", "TaskClosed", "EpochSettled"], begins: "TaskPublished", ...concerns };
}

/** What it needs of a subchain's. */
export function salesOnSubchain(concerns: Concerns): Interest {
  return { names: ["TaskArrived", "WorkRecorded"], begins: "TaskArrived", ...concerns };
}
