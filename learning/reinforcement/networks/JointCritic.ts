import type { HeapFloats } from "../../engine/HeapFloats.ts";
import { type GraphSizes, serversOf } from "../environments/GraphEnvironment.ts";
import type { DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { HeapRoom } from "./HeapRoom.ts";

/** Widths of the hidden layers. */
const FIRST = 256;
const SECOND = 128;

/** Layers of a perceptron of everything that everybody sees and does, side by side: a value of each agent. */
export function jointLayers(sizes: GraphSizes): DenseLayer[] {
  const { users, serverTiers, candidates, userFeatures, serverFeatures, pairFeatures, serverLevels } = sizes;
  const parts: [string, number][] = [
    ["users", users * userFeatures],
    ["pairs", users * candidates * pairFeatures],
    ...serverTiers.map((count, tier): [string, number] => [`tier/${tier}`, count * serverFeatures]),
    ["choices", users * candidates],
    ["levels", users],
    ...serverTiers.map((count, tier): [string, number] => [`tier/${tier}/levels`, count * serverLevels]),
  ];
  const inputsInAll = parts.reduce((sum, [, inputs]) => sum + inputs, 0);
  return [
    ...parts.map(([name, inputs]) => ({
      name,
      inputs,
      outputs: FIRST,
      bias: name === "users",
      inputsInAll,
    })),
    { name: "second", inputs: FIRST, outputs: SECOND, bias: true },
    { name: "value", inputs: SECOND, outputs: users + serversOf(sizes), bias: true },
  ];
}

/** A pass of {@link jointLayers} over a batch: a row of a layer is a sample, whose users and tiers lie side by side. */
export class JointCritic {
  readonly network: DenseNetwork;
  /** What everybody does: [users · candidates], [users], [servers · levels] by rows of the batch; and the loss by it. */
  readonly choices: HeapFloats;
  readonly levels: HeapFloats;
  readonly serverLevels: HeapFloats;
  readonly byChoices: HeapFloats;
  readonly byLevels: HeapFloats;
  readonly byServerLevels: HeapFloats;
  /** Of users, then servers, of each sample; and the loss by it, to be written before going back. */
  readonly values: HeapFloats;
  readonly byValues: HeapFloats;
  readonly #batch: GraphBatch;
  readonly #room: HeapRoom;
  readonly #first: number;
  readonly #second: number;
  readonly #byFirst: number;
  readonly #bySecond: number;

  constructor(network: DenseNetwork, batch: GraphBatch) {
    const { userRows, serverRows, samples, sizes } = batch;
    this.network = network;
    this.#batch = batch;
    this.#room = new HeapRoom(batch.pack);
    const floats = (length: number) => this.#room.floats(length);
    this.choices = floats(userRows * sizes.candidates);
    this.levels = floats(userRows);
    this.serverLevels = floats(serverRows * sizes.serverLevels);
    this.byChoices = floats(userRows * sizes.candidates);
    this.byLevels = floats(userRows);
    this.byServerLevels = floats(serverRows * sizes.serverLevels);
    this.values = floats(userRows + serverRows);
    this.byValues = floats(userRows + serverRows);
    this.#first = floats(samples * FIRST).offset;
    this.#second = floats(samples * SECOND).offset;
    this.#byFirst = floats(samples * FIRST).offset;
    this.#bySecond = floats(samples * SECOND).offset;
  }

  /** Weighs the chosen candidates 1. @param chosen - Index of each user's candidate, by rows. */
  choose(chosen: ArrayLike<number>): void {
    const choices = this.choices.values.fill(0);
    const { candidates } = this.#batch.sizes;
    for (let v = 0; v < chosen.length; v++) choices[v * candidates + chosen[v]!] = 1;
  }

  forward(): void {
    const { network } = this;
    const { samples } = this.#batch;
    this.#eachPart((name, x, _, last) =>
      network.forward(name, x, this.#first, samples, { resume: name !== "users", relu: last }),
    );
    network.forward("second", this.#first, this.#second, samples, { relu: true });
    network.forward("value", this.#second, this.values.offset, samples);
  }

  /** The loss by all parameters. */
  backward(): void {
    const { network } = this;
    const { samples } = this.#batch;
    network.backward("value", this.#second, this.byValues.offset, samples);
    this.#backHidden(() => network.backward("second", this.#first, this.#bySecond, samples));
    this.#eachPart((name, x) => network.backward(name, x, this.#byFirst, samples));
  }

  /** The loss by what everybody does. */
  backwardAction(): void {
    const { network } = this;
    const { samples } = this.#batch;
    this.#backHidden(() => {});
    this.#eachPart((name, _, by) => {
      if (by !== 0) network.backwardInput(name, this.#byFirst, by, samples);
    });
  }

  #backHidden(bySecond: () => void): void {
    const { network } = this;
    const { samples, pack } = this.#batch;
    network.backwardInput("value", this.byValues.offset, this.#bySecond, samples);
    pack.run("reluGrad", [this.#bySecond, this.#second, this.#bySecond, samples * SECOND]);
    bySecond();
    network.backwardInput("second", this.#bySecond, this.#byFirst, samples);
    pack.run("reluGrad", [this.#byFirst, this.#first, this.#byFirst, samples * FIRST]);
  }

  /** Visits the parts of the input: their place, and that of the loss by them, 0 where nobody asks for it. */
  #eachPart(visit: (name: string, x: number, by: number, last: boolean) => void): void {
    const { users, pairs, servers, tiers, sizes } = this.#batch;
    visit("users", users.offset, 0, false);
    visit("pairs", pairs.offset, 0, false);
    visit("choices", this.choices.offset, this.byChoices.offset, false);
    visit("levels", this.levels.offset, this.byLevels.offset, false);
    for (const [tier, { first }] of tiers.entries()) {
      visit(`tier/${tier}`, servers.offset + 4 * first * sizes.serverFeatures, 0, false);
      const at = 4 * first * sizes.serverLevels;
      const isLast = tier === tiers.length - 1;
      visit(`tier/${tier}/levels`, this.serverLevels.offset + at, this.byServerLevels.offset + at, isLast);
    }
  }

  dispose(): void {
    this.#room.dispose();
  }
}
