/** How a learner is made. Everything else is as its own file says. */
export interface LearnerSpec {
  /** In names of files. */
  readonly id: string;
  /** In figures. */
  readonly name: string;
  readonly learner: "mo-maddpg" | "maddpg" | "madqn";
  /** Begins at the least-latency rule. */
  readonly warm: boolean;
  /** Encoders look at neighbours in the graph. */
  readonly graph: boolean;
  /** Heads of critics: one an objective, or one for their weighted sum. */
  readonly heads: 5 | 1;
  /** Learns and acts where the game sets prices and shares. */
  readonly game: boolean;
  /** Training episodes. */
  readonly episodes: number;
}

const MO = { learner: "mo-maddpg", warm: false, graph: true, heads: 5, game: true, episodes: 60 } as const;
const WARM = { ...MO, warm: true, episodes: 160 } as const;

/** What is compared. MADDPG and MADQN are the paper's, which know no game. */
export const LEARNERS = {
  cold: { ...MO, id: "mo-cold", name: "MO-MADDPG" },
  warm: { ...WARM, id: "mo-warm", name: "MO-MADDPG, warm" },
  maddpg: {
    id: "maddpg",
    name: "MADDPG",
    learner: "maddpg",
    warm: false,
    graph: false,
    heads: 1,
    game: false,
    // Not the 250 of `migration train`: the last look at it comes 20 episodes after the one before, as all others do.
    episodes: 240,
  },
  madqn: {
    id: "madqn",
    name: "MADQN",
    learner: "madqn",
    warm: false,
    graph: false,
    heads: 1,
    game: false,
    episodes: 300,
  },
  noGraph: { ...WARM, id: "mo-warm-no-gcn", name: "warm, no GCN", graph: false },
  oneHead: { ...WARM, id: "mo-warm-one-head", name: "warm, one head", heads: 1 },
  noGame: { ...WARM, id: "mo-warm-no-game", name: "warm, no game", game: false },
  coldNoGraph: { ...MO, id: "mo-cold-no-gcn", name: "cold, no GCN", graph: false },
  coldOneHead: { ...MO, id: "mo-cold-one-head", name: "cold, one head", heads: 1 },
  coldNoGame: { ...MO, id: "mo-cold-no-game", name: "cold, no game", game: false },
} as const satisfies Readonly<Record<string, LearnerSpec>>;
