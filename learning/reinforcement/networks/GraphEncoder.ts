import type { GraphSizes } from "../environments/GraphEnvironment.ts";
import type { DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { HeapRoom } from "./HeapRoom.ts";

/** Layers of an encoder of width H. */
export function encoderLayers({ userFeatures, serverFeatures }: GraphSizes, H: number): DenseLayer[] {
  return [
    { name: "users", inputs: userFeatures, outputs: H, bias: true },
    { name: "servers", inputs: serverFeatures, outputs: H, bias: true },
    { name: "first", inputs: H, outputs: H, bias: true },
    { name: "second", inputs: H, outputs: H, bias: true },
  ];
}

/**
 * Two layers of a graph convolution (Kipf and Welling 2017) over a residual: H0 = relu(users x), relu(servers x);
 * H1 = relu(first(Â H0)); Z = relu(second(Â H1)) + H0.
 */
export class GraphEncoder {
  readonly #network: DenseNetwork;
  readonly #batch: GraphBatch;
  readonly #width: number;
  readonly #room: HeapRoom;
  /** Z of all rows, as bytes from the heap's start; and the loss by it, to be written before {@link backward}. */
  readonly z: number;
  readonly byZ: number;
  readonly #h0: number;
  readonly #mixed0: number;
  readonly #h1: number;
  readonly #mixed1: number;
  readonly #h2: number;
  readonly #delta: number;
  readonly #mixedDelta: number;

  constructor(network: DenseNetwork, batch: GraphBatch, width: number) {
    this.#network = network;
    this.#batch = batch;
    this.#width = width;
    this.#room = new HeapRoom(batch.pack);
    const rows = () => this.#room.floats(batch.rows * width).offset;
    this.z = rows();
    this.byZ = rows();
    this.#h0 = rows();
    this.#mixed0 = rows();
    this.#h1 = rows();
    this.#mixed1 = rows();
    this.#h2 = rows();
    this.#delta = rows();
    this.#mixedDelta = rows();
  }

  /** Where the servers' part of something with a row for everybody begins. */
  serversIn(place: number): number {
    return place + 4 * this.#batch.userRows * this.#width;
  }

  forward(): void {
    const network = this.#network;
    const { users, servers, userRows, serverRows, rows, propagation, pack } = this.#batch;
    const H = this.#width;
    const relu = { relu: true };
    network.forward("users", users.offset, this.#h0, userRows, relu);
    network.forward("servers", servers.offset, this.serversIn(this.#h0), serverRows, relu);
    propagation.multiply(this.#h0, this.#mixed0, H);
    network.forward("first", this.#mixed0, this.#h1, rows, relu);
    propagation.multiply(this.#h1, this.#mixed1, H);
    network.forward("second", this.#mixed1, this.#h2, rows, relu);
    pack.run("addRelu", [this.#h2, this.#h0, this.z, rows * H, 0]);
  }

  /** The loss by the encoder's parameters, from {@link byZ}, which it uses up. */
  backward(): void {
    const network = this.#network;
    const { users, servers, userRows, serverRows, rows, propagation, pack } = this.#batch;
    const H = this.#width;
    const delta = this.#delta;
    // Â is its own transpose.
    pack.run("reluGrad", [this.byZ, this.#h2, delta, rows * H]);
    network.backward("second", this.#mixed1, delta, rows);
    network.backwardInput("second", delta, this.#mixedDelta, rows);
    propagation.multiply(this.#mixedDelta, delta, H);
    pack.run("reluGrad", [delta, this.#h1, delta, rows * H]);
    network.backward("first", this.#mixed0, delta, rows);
    network.backwardInput("first", delta, this.#mixedDelta, rows);
    propagation.multiply(this.#mixedDelta, this.byZ, H, { resume: true });
    pack.run("reluGrad", [this.byZ, this.#h0, this.byZ, rows * H]);
    network.backward("users", users.offset, this.byZ, userRows);
    network.backward("servers", servers.offset, this.serversIn(this.byZ), serverRows);
  }

  dispose(): void {
    this.#room.dispose();
  }
}
