import {
  emptyAction,
  type GraphAction,
} from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import type { GraphPolicy } from "../../../learning/reinforcement/learners/GraphLearner.ts";
import { MigrationGraph } from "../learning/MigrationGraph.ts";
import { worldParameters } from "../learning/PolicyOptions.ts";
import type { TrainedPolicy } from "../learning/PolicyTraining.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import { ImaginedWorld, type KnownMarket } from "./ImaginedWorld.ts";

/** What the places among a vehicle's candidates are, as people call them. */
const CANDIDATE_NAMES = [
  "to stay",
  "the edge server that gives it access",
  "the edge server ahead",
  "another edge server near by",
  "a cloud",
  "another cloud",
] as const;

/** What a learned policy chose for a vehicle. */
export interface LearnedChoice {
  /** The server; the host to stay. */
  readonly server: number;
  /** In a few words. */
  readonly what: string;
}

/** A vehicle's choice of a host by a policy that was learned, on what the vehicle can know ({@link ImaginedWorld}). */
export class LearnedChooser {
  /** Which policy: its learner and seed. */
  readonly name: string;
  readonly #imagined: ImaginedWorld;
  readonly #graph: MigrationGraph;
  readonly #policy: GraphPolicy;
  readonly #action: GraphAction;

  private constructor(name: string, imagined: ImaginedWorld, graph: MigrationGraph, policy: GraphPolicy) {
    this.name = name;
    this.#imagined = imagined;
    this.#graph = graph;
    this.#policy = policy;
    this.#action = emptyAction(graph.sizes);
  }

  /** Starts this thread's engine, and has the policy act in a market of so many vehicles on a site. */
  static async start(
    trained: TrainedPolicy,
    { vehicles, site }: { vehicles: number; site: Site },
  ): Promise<LearnedChooser> {
    // Who has no policy has no engine.
    const [{ startEngine }, { migrationPolicy }] = await Promise.all([
      import("../../../learning/engine/startEngine.ts"),
      import("../learning/migrationLearner.ts"),
    ]);
    const imagined = new ImaginedWorld(vehicles, site, worldParameters(trained.options));
    const graph = new MigrationGraph(imagined.world);
    const policy = migrationPolicy(await startEngine(), graph, trained.options, trained.parameters);
    const { learner, seed } = trained.options;
    return new LearnedChooser(`${learner}, seed ${seed}`, imagined, graph, policy);
  }

  /** Takes in what is known at a step; in every step of the vehicle, also while it moves. */
  look(known: KnownMarket, seconds: number): void {
    const { levels, servers } = this.#action;
    this.#imagined.look(known, seconds, { quality: levels, servers });
    this.#policy.act(this.#graph, this.#action);
  }

  /** Chooses by what was looked at last. @param isOpen - Whether a server can be chosen. */
  choose(isOpen: (server: number) => boolean): LearnedChoice {
    this.#imagined.close(isOpen);
    this.#policy.act(this.#graph, this.#action);
    const chosen = this.#action.chosen[0]!;
    const server = this.#imagined.candidates[chosen]!;
    return { server, what: CANDIDATE_NAMES[chosen]! };
  }

  dispose(): void {
    this.#policy.dispose();
  }
}
