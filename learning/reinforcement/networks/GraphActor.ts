import { portableLog } from "../../../numerics/portableLog.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { Engine } from "../../engine/Engine.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { GraphSizes } from "../environments/GraphEnvironment.ts";
import { type DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { encoderLayers, GraphEncoder } from "./GraphEncoder.ts";
import { HeapRoom } from "./HeapRoom.ts";

/** The logit of what is no candidate. */
export const NO_CANDIDATE = -10_000;

/** Layers of an actor of width H. */
export function actorLayers(sizes: GraphSizes, H: number): DenseLayer[] {
  const half = H / 2;
  return [
    ...encoderLayers(sizes, H),
    { name: "user", inputs: H, outputs: half, bias: true },
    { name: "server", inputs: H, outputs: half, bias: false },
    { name: "pair", inputs: sizes.pairFeatures, outputs: half, bias: false },
    { name: "score", inputs: half, outputs: 1, bias: true },
    { name: "skip", inputs: sizes.pairFeatures, outputs: 1, bias: false },
    { name: "stay", inputs: 1, outputs: 1, bias: false },
    { name: "level/hidden", inputs: H, outputs: H, bias: true },
    { name: "level", inputs: H, outputs: 1, bias: true },
    ...sizes.serverTiers.flatMap((_, tier) => [
      { name: `tier/${tier}/hidden`, inputs: H, outputs: H, bias: true },
      { name: `tier/${tier}`, inputs: H, outputs: sizes.serverLevels, bias: true },
    ]),
  ];
}

/** A rule that an actor begins with; learning goes on from there. */
export interface WarmStart {
  /** What a candidate's logit has of its features. [pairFeatures] */
  readonly skip: readonly number[];
  /** What is added for the present server. */
  readonly stay: number;
  /** Drawn weights of the last layers are this much smaller. */
  readonly scale: number;
  /** Levels that users and servers begin with, 0 … 1. */
  readonly level: number;
  readonly serverLevels: readonly number[];
}

/** An actor with drawn weights. */
export function drawnActor(
  engine: Engine,
  sizes: GraphSizes,
  H: number,
  random: RandomSource,
  warm?: WarmStart,
): DenseNetwork {
  const network = new DenseNetwork(engine, actorLayers(sizes, H));
  network.initialize(random);
  network.weights("skip").fill(0);
  network.weights("stay")[0] = 1;
  if (warm === undefined) return network;
  network.weights("skip").set(warm.skip);
  network.weights("stay")[0] = warm.stay;
  const last = ["score", "level", ...sizes.serverTiers.map((_, tier) => `tier/${tier}`)];
  for (const name of last) {
    const weights = network.weights(name);
    for (let at = 0; at < weights.length; at++) weights[at]! *= warm.scale;
  }
  network.bias("score")[0] = 0;
  network.bias("level")[0] = logit(warm.level);
  for (const tier of sizes.serverTiers.keys()) network.bias(`tier/${tier}`).set(warm.serverLevels.map(logit));
  return network;
}

function logit(p: number): number {
  return Math.fround(portableLog(p / (1 - p)));
}

/**
 * An actor's pass over a batch. A user's candidates are scored: logit_vk = score(relu(user z_v + server z_m +
 * pair x_vk)) + skip x_vk, and + stay for the first. What levels are the logistic function of comes out as it is
 * before.
 */
export class GraphActor {
  readonly network: DenseNetwork;
  /** {@link NO_CANDIDATE} where there is none. [users · candidates] */
  readonly logits: HeapFloats;
  /** Before the logistic function. [users], [servers · levels], by rows of the batch */
  readonly levels: HeapFloats;
  readonly serverLevels: HeapFloats;
  /** The loss by each of them, to be written before {@link backward}; 0 where there is no candidate. */
  readonly byLogits: HeapFloats;
  readonly byLevels: HeapFloats;
  readonly byServerLevels: HeapFloats;
  readonly #batch: GraphBatch;
  readonly #encoder: GraphEncoder;
  readonly #room: HeapRoom;
  readonly #width: number;
  /** user z and server z of all rows, and the loss by them. */
  readonly #nodes: number;
  readonly #byNodes: number;
  readonly #hidden: number;
  readonly #byHidden: number;
  readonly #levelHidden: number;
  readonly #byLevelHidden: number;
  readonly #serverHidden: number;
  readonly #byServerHidden: number;

  constructor(network: DenseNetwork, batch: GraphBatch, width: number) {
    const { userRows, serverRows, rows, sizes } = batch;
    const pairs = userRows * sizes.candidates;
    this.network = network;
    this.#batch = batch;
    this.#encoder = new GraphEncoder(network, batch, width);
    this.#room = new HeapRoom(batch.pack);
    this.#width = width;
    const floats = (length: number) => this.#room.floats(length);
    this.logits = floats(pairs);
    this.levels = floats(userRows);
    this.serverLevels = floats(serverRows * sizes.serverLevels);
    this.byLogits = floats(pairs);
    this.byLevels = floats(userRows);
    this.byServerLevels = floats(serverRows * sizes.serverLevels);
    this.#nodes = floats((rows * width) / 2).offset;
    this.#byNodes = floats((rows * width) / 2).offset;
    this.#hidden = floats((pairs * width) / 2).offset;
    this.#byHidden = floats((pairs * width) / 2).offset;
    this.#levelHidden = floats(userRows * width).offset;
    this.#byLevelHidden = floats(userRows * width).offset;
    this.#serverHidden = floats(serverRows * width).offset;
    this.#byServerHidden = floats(serverRows * width).offset;
  }

  forward(): void {
    const { network } = this;
    const { userRows, serverRows, sizes, pairs, pairNodes, choices } = this.#batch;
    const encoder = this.#encoder;
    const half = this.#width / 2;
    const K = sizes.candidates;
    encoder.forward();
    network.forward("user", encoder.z, this.#nodes, userRows);
    network.forward("server", encoder.serversIn(encoder.z), this.#nodes + 4 * userRows * half, serverRows);
    network.forward("pair", pairs.offset, this.#hidden, userRows * K);
    pairNodes.multiply(this.#nodes, this.#hidden, half, { resume: true, relu: true });
    network.forward("skip", pairs.offset, this.logits.offset, userRows * K);
    network.forward("score", this.#hidden, this.logits.offset, userRows * K, { resume: true });
    const logits = this.logits.values;
    const stay = network.weights("stay")[0]!;
    const starts = choices.starts.values;
    const valid = this.#batch.choicePairs.columns.values;
    for (let v = 0; v < userRows; v++) {
      logits[v * K]! += stay;
      for (let k = 0, e = starts[v]!; k < K; k++) {
        if (e < starts[v + 1]! && valid[e] === v * K + k) e++;
        else logits[v * K + k] = NO_CANDIDATE;
      }
    }
    network.forward("level/hidden", encoder.z, this.#levelHidden, userRows, { relu: true });
    network.forward("level", this.#levelHidden, this.levels.offset, userRows);
    this.#eachTier((tier, rows, z, hidden, levels) => {
      network.forward(`tier/${tier}/hidden`, z, hidden, rows, { relu: true });
      network.forward(`tier/${tier}`, hidden, levels, rows);
    });
  }

  /** The loss by all parameters. */
  backward(): void {
    const { network } = this;
    const { userRows, serverRows, sizes, pairs, choicePairs, choicePairsTransposed, pack } = this.#batch;
    const encoder = this.#encoder;
    const half = this.#width / 2;
    const K = sizes.candidates;
    const { offset: byLogits } = this.byLogits;
    network.backward("score", this.#hidden, byLogits, userRows * K);
    network.backward("skip", pairs.offset, byLogits, userRows * K);
    let byStay = 0;
    const logits = this.byLogits.values;
    for (let v = 0; v < userRows; v++) byStay += logits[v * K]!;
    network.byWeights("stay")[0] = byStay;
    network.backwardInput("score", byLogits, this.#byHidden, userRows * K);
    pack.run("reluGrad", [this.#byHidden, this.#hidden, this.#byHidden, userRows * K * half]);
    network.backward("pair", pairs.offset, this.#byHidden, userRows * K);
    const byServers = this.#byNodes + 4 * userRows * half;
    choicePairs.multiply(this.#byHidden, this.#byNodes, half);
    choicePairsTransposed.multiply(this.#byHidden, byServers, half);
    network.backward("user", encoder.z, this.#byNodes, userRows);
    network.backward("server", encoder.serversIn(encoder.z), byServers, serverRows);
    network.backwardInput("user", this.#byNodes, encoder.byZ, userRows);
    network.backwardInput("server", byServers, encoder.serversIn(encoder.byZ), serverRows);
    this.#head("level", encoder.z, this.#levelHidden, this.#byLevelHidden, this.byLevels.offset, {
      rows: userRows,
      byZ: encoder.byZ,
    });
    const toDelta = this.#byServerHidden - this.#serverHidden;
    const toByZ = encoder.byZ - encoder.z;
    const toBy = this.byServerLevels.offset - this.serverLevels.offset;
    this.#eachTier((tier, rows, z, hidden, levels) =>
      this.#head(`tier/${tier}`, z, hidden, hidden + toDelta, levels + toBy, { rows, byZ: z + toByZ }),
    );
    encoder.backward();
  }

  /** Back through two layers, `name` and `name`/hidden, onto the loss by z. */
  #head(
    name: string,
    z: number,
    hidden: number,
    byHidden: number,
    by: number,
    { rows, byZ }: { rows: number; byZ: number },
  ): void {
    const { network } = this;
    network.backward(name, hidden, by, rows);
    network.backwardInput(name, by, byHidden, rows);
    this.#batch.pack.run("reluGrad", [byHidden, hidden, byHidden, rows * this.#width]);
    network.backward(`${name}/hidden`, z, byHidden, rows);
    network.backwardInput(`${name}/hidden`, byHidden, byZ, rows, true);
  }

  #eachTier(visit: (tier: number, rows: number, z: number, hidden: number, levels: number) => void): void {
    const z = this.#encoder.serversIn(this.#encoder.z);
    const { serverLevels } = this.#batch.sizes;
    for (const [tier, { first, rows }] of this.#batch.tiers.entries()) {
      const at = 4 * first * this.#width;
      visit(tier, rows, z + at, this.#serverHidden + at, this.serverLevels.offset + 4 * first * serverLevels);
    }
  }

  dispose(): void {
    this.#encoder.dispose();
    this.#room.dispose();
  }
}
