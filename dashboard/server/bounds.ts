/** What is kept in memory at the most: others choose how much there is. */
export const MOST_KEPT = {
  /** Tasks, and events of all of them together; beyond, the oldest that are over are dropped. */
  tasks: 10_000,
  taskEvents: 3_000_000,
  /** Messages that a chain sent, and that were delivered to it. */
  sent: 50_000,
  delivered: 200_000,
  /** Files with what aggregators attested about workers. */
  scores: 256,
  /** Of a task, what happened last. */
  happened: 60,
  /** Of a chain, branches that were replaced. */
  replaced: 20,
  /** Answers that are remembered as long as they are right. */
  answers: 128,
  /** Their bytes, all together. */
  answerBytes: 16 << 20,
  /** What was pushed to viewers last, and its bytes. */
  pushed: 8192,
  pushedBytes: 4 << 20,
  /** Audits. */
  audits: 64,
} as const;

/** What strangers may take of the server. */
export const BOUNDS = {
  /** Who looks on at a time, in all and from one address. */
  viewers: 256,
  viewersOfAnAddress: 64,
  /** What a viewer has not read yet, bytes, after which it is dropped. */
  unreadBytes: 512 << 10,
  /** How long it may read nothing, milliseconds. */
  unreadMilliseconds: 20_000,
  /** Topics that a viewer names. */
  topics: 16,
  /** Bytes of a request's body. */
  bodyBytes: 1024,
  /** Audits that wait for their turn. */
  waitingAudits: 4,
  /** Trainings that an audit repeats. */
  reExecuted: 20,
} as const;

/** How often something is done, milliseconds. */
export const EVERY = {
  /** Viewers are told what is new. */
  push: 250,
  /** Tasks are looked at for phases that end without an event. */
  phases: 1000,
  /** Viewers hear that the server is there. */
  beat: 10_000,
  /** A chain that makes blocks at once is asked for new ones. */
  poll: 250,
} as const;
