import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { GraphSizes } from "../environments/GraphEnvironment.ts";
import type { DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { HeapRoom } from "./HeapRoom.ts";

/** Numbers that come out for each user and each server. */
export interface LocalOutputs {
  readonly users: number;
  readonly servers: number;
}

/** Width of the two hidden layers. */
const HIDDEN = 64;

/** Layers of perceptrons of what an agent sees itself: one for users and their candidates, one a tier of servers. */
export function localLayers(sizes: GraphSizes, outputs: LocalOutputs): DenseLayer[] {
  const pairs = sizes.candidates * sizes.pairFeatures;
  const inputsInAll = sizes.userFeatures + pairs;
  const perceptron = (name: string, out: number) => [
    { name: `${name}/second`, inputs: HIDDEN, outputs: HIDDEN, bias: true },
    { name: `${name}/out`, inputs: HIDDEN, outputs: out, bias: true },
  ];
  return [
    { name: "user/own", inputs: sizes.userFeatures, outputs: HIDDEN, bias: false, inputsInAll },
    { name: "user/first", inputs: pairs, outputs: HIDDEN, bias: true, inputsInAll },
    ...perceptron("user", outputs.users),
    ...sizes.serverTiers.flatMap((_, tier) => [
      { name: `tier/${tier}/first`, inputs: sizes.serverFeatures, outputs: HIDDEN, bias: true },
      ...perceptron(`tier/${tier}`, outputs.servers),
    ]),
  ];
}

/** A pass of {@link localLayers} over a batch, forward and back. */
export class LocalPass {
  readonly network: DenseNetwork;
  /** What comes out, by rows of the batch; and the loss by it, to be written before {@link backward}. */
  readonly users: HeapFloats;
  readonly servers: HeapFloats;
  readonly byUsers: HeapFloats;
  readonly byServers: HeapFloats;
  readonly #batch: GraphBatch;
  readonly #room: HeapRoom;
  readonly #outputs: LocalOutputs;
  /** Hidden layers of all rows, users first, and the loss by their sums. */
  readonly #first: number;
  readonly #second: number;
  readonly #byFirst: number;
  readonly #bySecond: number;

  constructor(network: DenseNetwork, batch: GraphBatch, outputs: LocalOutputs) {
    this.network = network;
    this.#batch = batch;
    this.#room = new HeapRoom(batch.pack);
    this.#outputs = outputs;
    const hidden = () => this.#room.floats(batch.rows * HIDDEN).offset;
    this.users = this.#room.floats(batch.userRows * outputs.users);
    this.servers = this.#room.floats(batch.serverRows * outputs.servers);
    this.byUsers = this.#room.floats(batch.userRows * outputs.users);
    this.byServers = this.#room.floats(batch.serverRows * outputs.servers);
    this.#first = hidden();
    this.#second = hidden();
    this.#byFirst = hidden();
    this.#bySecond = hidden();
  }

  forward(): void {
    const { network } = this;
    const { users, pairs } = this.#batch;
    this.#eachKind((name, row, rows, x, out) => {
      const first = this.#first + 4 * row * HIDDEN;
      const second = this.#second + 4 * row * HIDDEN;
      if (name === "user") {
        network.forward("user/own", users.offset, first, rows);
        network.forward("user/first", pairs.offset, first, rows, { resume: true, relu: true });
      } else network.forward(`${name}/first`, x, first, rows, { relu: true });
      network.forward(`${name}/second`, first, second, rows, { relu: true });
      network.forward(`${name}/out`, second, out, rows);
    });
  }

  /** The loss by all parameters. */
  backward(): void {
    const { network } = this;
    const { users, pairs, pack } = this.#batch;
    this.#eachKind((name, row, rows, x, _, by) => {
      const at = 4 * row * HIDDEN;
      const [first, second, byFirst, bySecond] = [this.#first, this.#second, this.#byFirst, this.#bySecond];
      network.backward(`${name}/out`, second + at, by, rows);
      network.backwardInput(`${name}/out`, by, bySecond + at, rows);
      pack.run("reluGrad", [bySecond + at, second + at, bySecond + at, rows * HIDDEN]);
      network.backward(`${name}/second`, first + at, bySecond + at, rows);
      network.backwardInput(`${name}/second`, bySecond + at, byFirst + at, rows);
      pack.run("reluGrad", [byFirst + at, first + at, byFirst + at, rows * HIDDEN]);
      if (name === "user") {
        network.backward("user/own", users.offset, byFirst + at, rows);
        network.backward("user/first", pairs.offset, byFirst + at, rows);
      } else network.backward(`${name}/first`, x, byFirst + at, rows);
    });
  }

  /** Visits users and tiers: first row, rows, and the places of input, output, and the loss by it. */
  #eachKind(
    visit: (name: string, row: number, rows: number, x: number, out: number, by: number) => void,
  ): void {
    const { userRows, users, servers, tiers, sizes } = this.#batch;
    visit("user", 0, userRows, users.offset, this.users.offset, this.byUsers.offset);
    for (const [tier, { first, rows }] of tiers.entries()) {
      const at = 4 * first * this.#outputs.servers;
      visit(
        `tier/${tier}`,
        userRows + first,
        rows,
        servers.offset + 4 * first * sizes.serverFeatures,
        this.servers.offset + at,
        this.byServers.offset + at,
      );
    }
  }

  dispose(): void {
    this.#room.dispose();
  }
}
