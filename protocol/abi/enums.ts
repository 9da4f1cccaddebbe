// Written by `npm run abi` from contracts/types.
/** The names of each enumeration's values, in their order. */
export const enums = {
  MessageKind: ["TaskOpened","RoundOpened","TaskEnded","RoundReported","EpochSettled","TaskRejected","CommitsClosed","RevealsOpened"],
  Sampling: ["Uniform","Freshness"],
  Space: ["None","Main","Relay","Virtual","Physical"],
  TaskStatus: ["None","Open","Completed","Expired","Rejected"],
} as const;
