import type { Engine } from "../../engine/Engine.ts";
import type { GraphAction, GraphObservation, GraphSizes } from "../environments/GraphEnvironment.ts";
import { logistic } from "../gumbel.ts";
import { chooseLargest } from "../levels.ts";
import { DenseNetwork } from "../networks/DenseNetwork.ts";
import { actorLayers, GraphActor } from "../networks/GraphActor.ts";
import { GraphBatch, observationSize, writeObservation } from "../networks/GraphBatch.ts";
import type { GraphPolicy } from "./GraphLearner.ts";

/** Acts by an actor, in an environment of any size whose features are those that it learned from. */
export class GraphActorPolicy implements GraphPolicy {
  readonly actor: GraphActor;
  readonly batch: GraphBatch;
  readonly #row: Float32Array;
  readonly #places = Int32Array.of(0);
  readonly #ownNetwork: boolean;

  /** @param network - The actor's, or its parameters as they come from a learner's `policy`. */
  constructor(
    engine: Engine,
    { sizes, serverLinks }: { sizes: GraphSizes; serverLinks: ArrayLike<number> },
    { network, width, messages }: { network: DenseNetwork | Float32Array; width: number; messages: boolean },
  ) {
    this.batch = new GraphBatch(engine, { sizes, serverLinks, samples: 1, messages });
    this.#ownNetwork = !(network instanceof DenseNetwork);
    const acting =
      network instanceof DenseNetwork ? network : new DenseNetwork(engine, actorLayers(sizes, width));
    if (!(network instanceof DenseNetwork)) acting.parameters.values.set(network);
    this.actor = new GraphActor(acting, this.batch, width);
    this.#row = new Float32Array(observationSize(sizes));
  }

  /** Takes in what is seen, and says what the actor makes of it: in `actor`'s outputs. */
  see(seen: GraphObservation): void {
    writeObservation(seen, this.#row, 0);
    this.batch.load(this.#row, this.#places);
    this.actor.forward();
  }

  act(seen: GraphObservation, action: GraphAction): void {
    this.see(seen);
    chooseLargest(this.actor.logits.values, this.batch.sizes.candidates, action.chosen);
    this.writeLevels(action);
  }

  /** Writes the levels of what was seen last. */
  writeLevels({ levels, servers }: GraphAction): void {
    const { serverRow, sizes } = this.batch;
    const users = this.actor.levels.values;
    for (let v = 0; v < levels.length; v++) levels[v] = logistic(users[v]!);
    const each = sizes.serverLevels;
    const values = this.actor.serverLevels.values;
    for (let at = 0; at < servers.length; at++) {
      servers[at] = logistic(values[serverRow[Math.floor(at / each)]! * each + (at % each)]!);
    }
  }

  dispose(): void {
    if (this.#ownNetwork) this.actor.network.dispose();
    this.actor.dispose();
    this.batch.dispose();
  }
}
