import type { HeapFloats } from "../../engine/HeapFloats.ts";
import { type GraphSizes, serversOf } from "../environments/GraphEnvironment.ts";
import type { DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { encoderLayers, GraphEncoder } from "./GraphEncoder.ts";
import { HeapRoom } from "./HeapRoom.ts";
import { SparseRows } from "./SparseRows.ts";

/** Layers of a critic of width H with so many values of each agent. */
export function criticLayers(sizes: GraphSizes, H: number, heads: number): DenseLayer[] {
  const layer = (name: string, inputs: number, bias = false) => ({ name, inputs, outputs: H, bias });
  return [
    ...encoderLayers(sizes, H),
    layer("user", H, true),
    layer("chosen", H),
    layer("pair", sizes.pairFeatures),
    layer("level", 1),
    layer("message", H, true),
    layer("server", H, true),
    ...sizes.serverTiers.map((_, tier) => layer(`tier/${tier}`, sizes.serverLevels)),
    layer("incoming", H),
    layer("value/own", H, true),
    layer("value/chosen", H),
    layer("value/around", H),
    { name: "value", inputs: H, outputs: heads, bias: true },
    layer("server value/hidden", H, true),
    { name: "server value", inputs: H, outputs: heads, bias: true },
  ];
}

/**
 * A central critic's pass over a batch. It passes messages over the action-weighted adjacency P, P_vm being what user v's
 * choice weighs server m:
 *
 * - g_v = relu(user z_v + chosen Σ_m P_vm z_m + pair Σ_k a_vk x_vk + level q_v),
 * - in_m = (M/V) Σ_v P_vm relu(message g_v), g_m = relu(server z_m + its tier's weights · its levels + incoming in_m),
 * - h_v = relu(own g_v + chosen Σ_m P_vm g_m + around · mean of g_m next to v); values of h_v and of relu(hidden g_m).
 */
export class GraphCritic {
  readonly network: DenseNetwork;
  /** What the choices weigh, by entries of the batch's `choices`; levels of users and servers, by rows. */
  readonly weights: HeapFloats;
  readonly levels: HeapFloats;
  readonly serverLevels: HeapFloats;
  /** The loss by each of them, by {@link backwardAction}. */
  readonly byWeights: HeapFloats;
  readonly byLevels: HeapFloats;
  readonly byServerLevels: HeapFloats;
  /** [users · heads], [servers · heads], by rows; and the loss by them, to be written before going back. */
  readonly userValues: HeapFloats;
  readonly serverValues: HeapFloats;
  readonly byUserValues: HeapFloats;
  readonly byServerValues: HeapFloats;
  readonly #batch: GraphBatch;
  readonly #encoder: GraphEncoder;
  readonly #room: HeapRoom;
  readonly #width: number;
  /** P and its transpose. */
  readonly #choices: SparseRows;
  readonly #choicesTransposed: SparseRows;
  readonly #pairs: SparseRows;
  /** Σ_m P_vm z_m, Σ_k a_vk x_vk, g_v, messages, Σ_m P_vm g_m, means around, h_v. */
  readonly #at: Record<"chosen" | "pair" | "g" | "message" | "picked" | "around" | "h", number>;
  readonly #server: Record<"incoming" | "g" | "hidden", number>;
  readonly #by: Record<"chosen" | "pair" | "g" | "message" | "picked" | "around" | "h", number>;
  readonly #byServer: Record<"incoming" | "g" | "hidden", number>;

  constructor(network: DenseNetwork, batch: GraphBatch, width: number, heads: number) {
    const { userRows, serverRows, sizes, pack } = batch;
    const entries = userRows * sizes.candidates;
    this.network = network;
    this.#batch = batch;
    this.#encoder = new GraphEncoder(network, batch, width);
    this.#room = new HeapRoom(pack);
    this.#width = width;
    const floats = (length: number) => this.#room.floats(length);
    this.weights = floats(entries);
    this.levels = floats(userRows);
    this.serverLevels = floats(serverRows * sizes.serverLevels);
    this.byWeights = floats(entries);
    this.byLevels = floats(userRows);
    this.byServerLevels = floats(serverRows * sizes.serverLevels);
    this.userValues = floats(userRows * heads);
    this.serverValues = floats(serverRows * heads);
    this.byUserValues = floats(userRows * heads);
    this.byServerValues = floats(serverRows * heads);
    const { choices, choicesTransposed, choicePairs } = batch;
    this.#choices = new SparseRows(pack, { ...choices, rows: userRows, weights: this.weights });
    this.#choicesTransposed = new SparseRows(pack, {
      ...choicesTransposed,
      rows: serverRows,
      weights: floats(entries),
    });
    this.#pairs = new SparseRows(pack, { ...choicePairs, rows: userRows, weights: this.weights });
    const users = () => floats(userRows * width).offset;
    const servers = () => floats(serverRows * width).offset;
    const pair = () => floats(userRows * sizes.pairFeatures).offset;
    this.#at = {
      chosen: users(),
      pair: pair(),
      g: users(),
      message: users(),
      picked: users(),
      around: users(),
      h: users(),
    };
    this.#server = { incoming: servers(), g: servers(), hidden: servers() };
    this.#by = {
      chosen: users(),
      pair: pair(),
      g: users(),
      message: users(),
      picked: users(),
      around: users(),
      h: users(),
    };
    this.#byServer = { incoming: servers(), g: servers(), hidden: servers() };
  }

  /** What an in-going message weighs: M/V, so that it does not depend on how many there are. */
  get #share(): number {
    return serversOf(this.#batch.sizes) / this.#batch.sizes.users;
  }

  /** Weighs the chosen candidates 1. @param chosen - Index of each user's candidate, by rows; one that is valid. */
  choose(chosen: ArrayLike<number>): void {
    const { userRows, choices, choicePairs, sizes } = this.#batch;
    const weights = this.weights.values;
    const starts = choices.starts.values;
    const pairs = choicePairs.columns.values;
    for (let v = 0; v < userRows; v++) {
      const pair = v * sizes.candidates + chosen[v]!;
      for (let e = starts[v]!; e < starts[v + 1]!; e++) weights[e] = pairs[e] === pair ? 1 : 0;
    }
  }

  /** Values of all agents for the action in {@link weights}, {@link levels} and {@link serverLevels}. */
  forward(): void {
    this.#encoder.forward();
    this.forwardAction();
  }

  /** The same for another action in the same observations, by the same parameters. */
  forwardAction(): void {
    const { network } = this;
    const { userRows, serverRows, around, pairs, entries, transposedFrom } = this.#batch;
    const encoder = this.#encoder;
    const [at, server, H] = [this.#at, this.#server, this.#width];
    const more = { resume: true };
    const last = { resume: true, relu: true };
    const weights = this.weights.values;
    const transposed = this.#choicesTransposed.weights!.values;
    for (let e = 0; e < entries; e++) transposed[e] = weights[transposedFrom[e]!]!;
    const zServers = encoder.serversIn(encoder.z);
    this.#choices.multiply(zServers, at.chosen, H);
    this.#pairs.multiply(pairs.offset, at.pair, this.#batch.sizes.pairFeatures);
    network.forward("chosen", at.chosen, at.g, userRows);
    network.forward("pair", at.pair, at.g, userRows, more);
    network.forward("level", this.levels.offset, at.g, userRows, more);
    network.forward("user", encoder.z, at.g, userRows, last);
    network.forward("message", at.g, at.message, userRows, { relu: true });
    this.#choicesTransposed.multiply(at.message, server.incoming, H, { factor: this.#share });
    network.forward("incoming", server.incoming, server.g, serverRows);
    this.#eachTier((tier, rows, levels, place) => network.forward(`tier/${tier}`, levels, place, rows, more));
    network.forward("server", zServers, server.g, serverRows, last);
    this.#choices.multiply(server.g, at.picked, H);
    around.multiply(server.g, at.around, H);
    network.forward("value/chosen", at.picked, at.h, userRows);
    network.forward("value/around", at.around, at.h, userRows, more);
    network.forward("value/own", at.g, at.h, userRows, last);
    network.forward("value", at.h, this.userValues.offset, userRows);
    network.forward("server value/hidden", server.g, server.hidden, serverRows, { relu: true });
    network.forward("server value", server.hidden, this.serverValues.offset, serverRows);
  }

  /** The loss by all parameters. */
  backward(): void {
    const { network } = this;
    const { userRows, serverRows } = this.#batch;
    const encoder = this.#encoder;
    const [at, server, by, byServer] = [this.#at, this.#server, this.#by, this.#byServer];
    network.backward("value", at.h, this.byUserValues.offset, userRows);
    network.backward("server value", server.hidden, this.byServerValues.offset, serverRows);
    this.#backValues();
    network.backward("value/own", at.g, by.h, userRows);
    network.backward("value/chosen", at.picked, by.h, userRows);
    network.backward("value/around", at.around, by.h, userRows);
    network.backward("server value/hidden", server.g, byServer.hidden, serverRows);
    const zServers = encoder.serversIn(encoder.z);
    network.backward("server", zServers, byServer.g, serverRows);
    network.backward("incoming", server.incoming, byServer.g, serverRows);
    const toBy = byServer.g - server.g;
    this.#eachTier((tier, rows, levels, place) =>
      network.backward(`tier/${tier}`, levels, place + toBy, rows),
    );
    this.#backMessages();
    network.backward("message", at.g, by.message, userRows);
    network.backward("user", encoder.z, by.g, userRows);
    network.backward("chosen", at.chosen, by.g, userRows);
    network.backward("pair", at.pair, by.g, userRows);
    network.backward("level", this.levels.offset, by.g, userRows);
    network.backwardInput("chosen", by.g, by.chosen, userRows);
    const byZServers = encoder.serversIn(encoder.byZ);
    network.backwardInput("user", by.g, encoder.byZ, userRows);
    network.backwardInput("server", byServer.g, byZServers, serverRows);
    this.#choicesTransposed.multiply(by.chosen, byZServers, this.#width, { resume: true });
    encoder.backward();
  }

  /** The loss by the action. */
  backwardAction(): void {
    const { network, byWeights } = this;
    const { userRows, pairs, sizes } = this.#batch;
    const [at, server, by, byServer, H] = [this.#at, this.#server, this.#by, this.#byServer, this.#width];
    this.#backValues();
    const toLevels = this.byServerLevels.offset - this.serverLevels.offset;
    const toBy = byServer.g - server.g;
    this.#eachTier((tier, rows, levels, place) =>
      network.backwardInput(`tier/${tier}`, place + toBy, levels + toLevels, rows),
    );
    this.#choices.dots(by.picked, server.g, byWeights, H);
    this.#backMessages();
    this.#choices.dots(at.message, byServer.incoming, byWeights, H, { factor: this.#share, resume: true });
    network.backwardInput("level", by.g, this.byLevels.offset, userRows);
    network.backwardInput("chosen", by.g, by.chosen, userRows);
    network.backwardInput("pair", by.g, by.pair, userRows);
    const zServers = this.#encoder.serversIn(this.#encoder.z);
    this.#choices.dots(by.chosen, zServers, byWeights, H, { resume: true });
    this.#pairs.dots(by.pair, pairs.offset, byWeights, sizes.pairFeatures, { resume: true });
  }

  /** From the loss by the values to that by sums of h_v and g_m, and of g_v what goes by h_v. */
  #backValues(): void {
    const { network } = this;
    const { userRows, serverRows, pack, aroundTransposed } = this.#batch;
    const [at, server, by, byServer, H] = [this.#at, this.#server, this.#by, this.#byServer, this.#width];
    network.backwardInput("value", this.byUserValues.offset, by.h, userRows);
    pack.run("reluGrad", [by.h, at.h, by.h, userRows * H]);
    network.backwardInput("value/own", by.h, by.g, userRows);
    network.backwardInput("value/chosen", by.h, by.picked, userRows);
    network.backwardInput("value/around", by.h, by.around, userRows);
    network.backwardInput("server value", this.byServerValues.offset, byServer.hidden, serverRows);
    pack.run("reluGrad", [byServer.hidden, server.hidden, byServer.hidden, serverRows * H]);
    network.backwardInput("server value/hidden", byServer.hidden, byServer.g, serverRows);
    this.#choicesTransposed.multiply(by.picked, byServer.g, H, { resume: true });
    aroundTransposed.multiply(by.around, byServer.g, H, { resume: true });
    pack.run("reluGrad", [byServer.g, server.g, byServer.g, serverRows * H]);
  }

  /** From the loss by sums of g_m to that by sums of messages and of g_v. */
  #backMessages(): void {
    const { network } = this;
    const { userRows, serverRows, pack } = this.#batch;
    const [at, by, byServer, H] = [this.#at, this.#by, this.#byServer, this.#width];
    network.backwardInput("incoming", byServer.g, byServer.incoming, serverRows);
    this.#choices.multiply(byServer.incoming, by.message, H, { factor: this.#share });
    pack.run("reluGrad", [by.message, at.message, by.message, userRows * H]);
    network.backwardInput("message", by.message, by.g, userRows, true);
    pack.run("reluGrad", [by.g, at.g, by.g, userRows * H]);
  }

  /** Visits tiers: rows, the places of their levels and of their part of g_m. */
  #eachTier(visit: (tier: number, rows: number, levels: number, place: number) => void): void {
    const { serverLevels } = this.#batch.sizes;
    for (const [tier, { first, rows }] of this.#batch.tiers.entries()) {
      const levels = this.serverLevels.offset + 4 * first * serverLevels;
      visit(tier, rows, levels, this.#server.g + 4 * first * this.#width);
    }
  }

  dispose(): void {
    this.#encoder.dispose();
    this.#room.dispose();
  }
}
