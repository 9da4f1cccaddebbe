import { expect } from "chai";
import type { Engine } from "../../../../../learning/engine/Engine.ts";
import type { HeapFloats } from "../../../../../learning/engine/HeapFloats.ts";
import { startEngine } from "../../../../../learning/engine/startEngine.ts";
import { DenseNetwork } from "../../../../../learning/reinforcement/networks/DenseNetwork.ts";
import {
  GraphBatch,
  observationSize,
  writeObservation,
} from "../../../../../learning/reinforcement/networks/GraphBatch.ts";
import { criticLayers, GraphCritic } from "../../../../../learning/reinforcement/networks/GraphCritic.ts";
import { JointCritic, jointLayers } from "../../../../../learning/reinforcement/networks/JointCritic.ts";
import { LocalPass, localLayers } from "../../../../../learning/reinforcement/networks/LocalNetwork.ts";
import { MigrationGraph } from "../../../../../mechanisms/twin-migration/learning/MigrationGraph.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import { Rule, TUNED_RULE } from "../../../../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { SeededRandom } from "../../../../../numerics/SeededRandom.ts";

const SAMPLES = 3;
/** Small, so that no unit changes sides; float32 leaves three digits of the difference. */
const STEP = 5e-4;
/** What float32 leaves undecided of a difference, as a slope. */
const NOISE = 6e-4;

describe("Learners' networks: gradients are differences of the loss", () => {
  let engine: Engine;
  let graph: MigrationGraph;
  let batch: GraphBatch;

  before(async () => {
    engine = await startEngine();
    const world = gridWorld({ vehicles: 5, edges: 4, clouds: 2 }, DEFAULT_PARAMETERS);
    graph = new MigrationGraph(world);
    batch = new GraphBatch(engine, {
      ...graph,
      serverLinks: graph.serverLinks,
      samples: SAMPLES,
      messages: true,
    });
    const rule = new Rule({ ...TUNED_RULE, name: "random" }, 5, 6);
    const size = observationSize(graph.sizes);
    const rows = new Float32Array(SAMPLES * size);
    world.reset(5);
    for (let s = 0; s < SAMPLES; s++) {
      for (let step = 0; step < 4; step++) world.step(rule.act(world));
      writeObservation(graph, rows, s * size);
    }
    batch.load(
      rows,
      Int32Array.from({ length: SAMPLES }, (_, s) => s * size),
    );
  });

  /** Compares some entries of a gradient with what the loss changes by. */
  function compare(loss: () => number, at: HeapFloats, by: ArrayLike<number>, name: string) {
    const count = Math.min(by.length, 60);
    let [worst, largest, compared] = [0, 0, 0];
    for (let n = 0; n < count; n++) {
      const index = Math.floor((n * by.length) / count);
      const kept = at.values[index]!;
      at.values[index] = kept + STEP;
      const above = loss();
      at.values[index] = kept - STEP;
      const below = loss();
      at.values[index] = kept;
      const difference = (above - below) / (2 * STEP);
      worst = Math.max(worst, Math.abs(difference - by[index]!));
      largest = Math.max(largest, Math.abs(by[index]!));
      if (by[index] !== 0) compared++;
    }
    expect(largest, `${name}: no gradient`).to.be.above(1e-3);
    expect(compared, `${name}: entries with a gradient`).to.be.above(count / 6);
    expect(worst, `${name}: off, of ${largest}`).to.be.below(0.02 * largest + NOISE);
  }

  /** Σ weight · value, which has the weights for its gradient. */
  const weightsOf = (values: HeapFloats) =>
    Float32Array.from(values.values, (_, at) => Math.sin(1 + 7 * at) / 5);
  const dot = (values: HeapFloats, weights: Float32Array) =>
    weights.reduce((sum, weight, at) => sum + weight * values.values[at]!, 0);
  const spread = (values: HeapFloats) => {
    for (let at = 0; at < values.length; at++) values.values[at] = 0.5 + 0.4 * Math.sin(3 * at);
  };

  it("of the graph critic, by parameters and by a relaxed action", () => {
    const network = new DenseNetwork(engine, criticLayers(graph.sizes, 16, 5));
    network.initialize(new SeededRandom(3));
    const pass = new GraphCritic(network, batch, 16, 5);
    for (const part of [pass.weights, pass.levels, pass.serverLevels]) spread(part);
    const [users, servers] = [weightsOf(pass.userValues), weightsOf(pass.serverValues)];
    const loss = () => {
      pass.forward();
      return dot(pass.userValues, users) + dot(pass.serverValues, servers);
    };
    loss();
    pass.byUserValues.values.set(users);
    pass.byServerValues.values.set(servers);
    pass.backwardAction();
    pass.backward();
    compare(loss, network.parameters, network.gradient.values.slice(), "parameters");
    loss();
    pass.backwardAction();
    compare(loss, pass.weights, pass.byWeights.values.slice(0, batch.entries), "weights");
    compare(loss, pass.levels, pass.byLevels.values.slice(), "levels");
    compare(loss, pass.serverLevels, pass.byServerLevels.values.slice(), "servers' levels");
    pass.dispose();
    network.dispose();
  });

  it("of the joint critic, by parameters and by an action", () => {
    const network = new DenseNetwork(engine, jointLayers(graph.sizes));
    network.initialize(new SeededRandom(3));
    const pass = new JointCritic(network, batch);
    for (const part of [pass.choices, pass.levels, pass.serverLevels]) spread(part);
    const weights = weightsOf(pass.values);
    const loss = () => {
      pass.forward();
      return dot(pass.values, weights);
    };
    loss();
    pass.byValues.values.set(weights);
    pass.backward();
    compare(loss, network.parameters, network.gradient.values.slice(), "parameters");
    loss();
    pass.backwardAction();
    compare(loss, pass.choices, pass.byChoices.values.slice(), "choices");
    compare(loss, pass.levels, pass.byLevels.values.slice(), "levels");
    compare(loss, pass.serverLevels, pass.byServerLevels.values.slice(), "servers' levels");
    pass.dispose();
    network.dispose();
  });

  it("of local perceptrons, by parameters", () => {
    const outputs = { users: 7, servers: 3 };
    const network = new DenseNetwork(engine, localLayers(graph.sizes, outputs));
    network.initialize(new SeededRandom(3));
    const pass = new LocalPass(network, batch, outputs);
    const [users, servers] = [weightsOf(pass.users), weightsOf(pass.servers)];
    const loss = () => {
      pass.forward();
      return dot(pass.users, users) + dot(pass.servers, servers);
    };
    loss();
    pass.byUsers.values.set(users);
    pass.byServers.values.set(servers);
    pass.backward();
    compare(loss, network.parameters, network.gradient.values.slice(), "parameters");
    pass.dispose();
    network.dispose();
  });
});
