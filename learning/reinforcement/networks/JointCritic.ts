import type { HeapFloats } from "../../engine/HeapFloats.ts";
import { type GraphSizes, serversOf } from "../environments/GraphEnvironment.ts";
import type { DenseLayer, DenseNetwork } from "./DenseNetwork.ts";
import type { GraphBatch } from "./GraphBatch.ts";
import { HeapRoom } from "./HeapRoom.ts";
import { SparseRows } from "./SparseRows.ts";

/** Widths of the hidden layers. */
const FIRST = 128;
const SECOND = 64;

/** A part of what everybody sees and does: its name, and the numbers of it of an agent and of all agents. */
interface Part {
  readonly name: string;
  readonly own: number;
  readonly all: number;
}

/** Parts of users' and of each tier's input. */
function partsOf(sizes: GraphSizes): { users: Part[]; tiers: Part[][] } {
  const { users, serverTiers, candidates, userFeatures, serverFeatures, pairFeatures, serverLevels } = sizes;
  const part = (name: string, own: number, count: number) => ({ name, own, all: own * count });
  return {
    users: [
      part("users", userFeatures, users),
      part("pairs", candidates * pairFeatures, users),
      part("choices", candidates, users),
      part("levels", 1, users),
      // What is chosen, by its features: otherwise a product of two inputs would have to be learned.
      part("picked", pairFeatures, users),
    ],
    tiers: serverTiers.map((count, tier) => [
      part(`tier/${tier}`, serverFeatures, count),
      part(`tier/${tier}/levels`, serverLevels, count),
    ]),
  };
}

/**
 * Layers of a perceptron of everything that everybody sees and does, side by side, and of what the agent itself sees and
 * does: one for all agents of a kind, so that what is learned of one is known of all. An agent's first hidden layer is
 * max(0, own + joint/n), joint being what comes of all n agents: Adam moves every weight by as much, so a sum over
 * thousands of inputs, which all agents of a moment have in common, would move so far in each update that it drowns
 * what is the agent's own.
 */
export function jointLayers(sizes: GraphSizes): DenseLayer[] {
  const { users, tiers } = partsOf(sizes);
  const inputsIn = (parts: readonly Part[], of: "own" | "all") =>
    parts.reduce((sum, part) => sum + part[of], 0);
  const kinds = [users, ...tiers];
  const inAll = inputsIn(kinds.flat(), "all");
  return [
    ...kinds.flat().map(({ name, all }) => ({
      name: `all/${name}`,
      inputs: all,
      outputs: FIRST,
      bias: name === "users",
      inputsInAll: inAll,
    })),
    ...kinds.flatMap((parts) =>
      parts.map(({ name, own }, at) => ({
        name: `own/${name}`,
        inputs: own,
        outputs: FIRST,
        bias: at === 0,
        inputsInAll: inputsIn(parts, "own"),
      })),
    ),
    ...kinds.flatMap((_, kind) => [
      { name: `second/${kind}`, inputs: FIRST, outputs: SECOND, bias: true },
      { name: `value/${kind}`, inputs: SECOND, outputs: 1, bias: true },
    ]),
  ];
}

/** A pass of {@link jointLayers} over a batch, forward and back. */
export class JointCritic {
  readonly network: DenseNetwork;
  /** What everybody does: [users · candidates], [users], [servers · levels] by rows of the batch; and the loss by it. */
  readonly choices: HeapFloats;
  readonly levels: HeapFloats;
  readonly serverLevels: HeapFloats;
  readonly byChoices: HeapFloats;
  readonly byLevels: HeapFloats;
  readonly byServerLevels: HeapFloats;
  /** Of users and of servers, by rows; and the loss by them, to be written before going back. */
  readonly values: HeapFloats;
  readonly byValues: HeapFloats;
  readonly #batch: GraphBatch;
  readonly #room: HeapRoom;
  /** What all do, [samples], then everything an agent's row: the hidden layers, and the loss by their sums. */
  readonly #joint: number;
  readonly #byJoint: number;
  readonly #first: number;
  readonly #second: number;
  readonly #byFirst: number;
  readonly #bySecond: number;
  /** Features of what users choose, and the loss by them; [users · pairs] weighed by choices. */
  readonly #picked: number;
  readonly #byPicked: number;
  readonly #pick: SparseRows;
  /** The sample of each row, and the rows of each sample. */
  readonly #sampleOf: SparseRows;
  readonly #rowsOf: SparseRows;
  /** 1/n. */
  readonly #factor: number;

  constructor(network: DenseNetwork, batch: GraphBatch) {
    const { userRows, serverRows, rows, samples, sizes, pack } = batch;
    this.network = network;
    this.#batch = batch;
    this.#room = new HeapRoom(pack);
    const floats = (length: number) => this.#room.floats(length);
    this.choices = floats(userRows * sizes.candidates);
    this.levels = floats(userRows);
    this.serverLevels = floats(serverRows * sizes.serverLevels);
    this.byChoices = floats(userRows * sizes.candidates);
    this.byLevels = floats(userRows);
    this.byServerLevels = floats(serverRows * sizes.serverLevels);
    this.values = floats(rows);
    this.byValues = floats(rows);
    this.#joint = floats(samples * FIRST).offset;
    this.#byJoint = floats(samples * FIRST).offset;
    this.#first = floats(rows * FIRST).offset;
    this.#second = floats(rows * SECOND).offset;
    this.#byFirst = floats(rows * FIRST).offset;
    this.#bySecond = floats(rows * SECOND).offset;
    const integers = (length: number) => this.#room.integers(length);
    this.#sampleOf = new SparseRows(pack, { rows, starts: integers(rows + 1), columns: integers(rows) });
    this.#rowsOf = new SparseRows(pack, {
      rows: samples,
      starts: integers(samples + 1),
      columns: integers(rows),
    });
    this.#factor = samples / rows;
    this.#placeSamples();
    const pairs = userRows * sizes.candidates;
    this.#picked = floats(userRows * sizes.pairFeatures).offset;
    this.#byPicked = floats(userRows * sizes.pairFeatures).offset;
    this.#pick = new SparseRows(pack, {
      rows: userRows,
      starts: integers(userRows + 1),
      columns: integers(pairs),
      weights: this.choices,
    });
    for (let row = 0; row <= userRows; row++) this.#pick.starts.values[row] = row * sizes.candidates;
    for (let pair = 0; pair < pairs; pair++) this.#pick.columns.values[pair] = pair;
  }

  #placeSamples(): void {
    const { userRows, rows, samples, sizes, serverRow } = this.#batch;
    const V = sizes.users;
    const M = serversOf(sizes);
    for (let s = 0; s < samples; s++) {
      const at = s * (V + M);
      this.#rowsOf.starts.values[s] = at;
      for (let v = 0; v < V; v++) this.#rowsOf.columns.values[at + v] = s * V + v;
      for (let m = 0; m < M; m++) this.#rowsOf.columns.values[at + V + m] = userRows + serverRow[s * M + m]!;
      for (let agent = 0; agent < V + M; agent++)
        this.#sampleOf.columns.values[this.#rowsOf.columns.values[at + agent]!] = s;
    }
    this.#rowsOf.starts.values[samples] = rows;
    for (let row = 0; row <= rows; row++) this.#sampleOf.starts.values[row] = row;
  }

  /** Weighs the chosen candidates 1. @param chosen - Index of each user's candidate, by rows. */
  choose(chosen: ArrayLike<number>): void {
    const choices = this.choices.values.fill(0);
    const { candidates } = this.#batch.sizes;
    for (let v = 0; v < chosen.length; v++) choices[v * candidates + chosen[v]!] = 1;
  }

  forward(): void {
    const { network } = this;
    const { samples, pairs, sizes } = this.#batch;
    this.#pick.multiply(pairs.offset, this.#picked, sizes.pairFeatures);
    this.#eachPart((name, x) =>
      network.forward(`all/${name}`, x, this.#joint, samples, { resume: name !== "users" }),
    );
    this.#eachPart((name, x, _, { row, rows, begins }) =>
      network.forward(`own/${name}`, x, this.#first + 4 * row * FIRST, rows, { resume: !begins }),
    );
    const factor = this.#factor;
    this.#sampleOf.multiply(this.#joint, this.#first, FIRST, { factor, resume: true, relu: true });
    this.#eachKind((kind, row, rows) => {
      const second = this.#second + 4 * row * SECOND;
      network.forward(`second/${kind}`, this.#first + 4 * row * FIRST, second, rows, { relu: true });
      network.forward(`value/${kind}`, second, this.values.offset + 4 * row, rows);
    });
  }

  /** The loss by all parameters. */
  backward(): void {
    const { network } = this;
    const { samples } = this.#batch;
    this.#backHidden((kind, row, rows) => {
      const second = this.#second + 4 * row * SECOND;
      const bySecond = this.#bySecond + 4 * row * SECOND;
      network.backward(`value/${kind}`, second, this.byValues.offset + 4 * row, rows);
      network.backward(`second/${kind}`, this.#first + 4 * row * FIRST, bySecond, rows);
    });
    this.#eachPart((name, x, _, { row, rows }) => {
      network.backward(`all/${name}`, x, this.#byJoint, samples);
      network.backward(`own/${name}`, x, this.#byFirst + 4 * row * FIRST, rows);
    });
  }

  /** The loss by what everybody does. */
  backwardAction(): void {
    const { network } = this;
    const { samples, pairs, sizes } = this.#batch;
    this.#backHidden(() => {});
    this.#eachPart((name, _, by, { row, rows }) => {
      if (by === 0) return;
      network.backwardInput(`all/${name}`, this.#byJoint, by, samples);
      network.backwardInput(`own/${name}`, this.#byFirst + 4 * row * FIRST, by, rows, true);
    });
    this.#pick.dots(this.#byPicked, pairs.offset, this.byChoices, sizes.pairFeatures, { resume: true });
  }

  /** @param done - Told of each kind once the loss by its second sums is known. */
  #backHidden(done: (kind: number, row: number, rows: number) => void): void {
    const { network } = this;
    const { rows: all, pack } = this.#batch;
    this.#eachKind((kind, row, rows) => {
      const second = this.#second + 4 * row * SECOND;
      const bySecond = this.#bySecond + 4 * row * SECOND;
      network.backwardInput(`value/${kind}`, this.byValues.offset + 4 * row, bySecond, rows);
      pack.run("reluGrad", [bySecond, second, bySecond, rows * SECOND]);
      done(kind, row, rows);
      network.backwardInput(`second/${kind}`, bySecond, this.#byFirst + 4 * row * FIRST, rows);
    });
    pack.run("reluGrad", [this.#byFirst, this.#first, this.#byFirst, all * FIRST]);
    this.#rowsOf.multiply(this.#byFirst, this.#byJoint, FIRST, { factor: this.#factor });
  }

  /** Visits users and tiers: their first row and how many they are. */
  #eachKind(visit: (kind: number, row: number, rows: number) => void): void {
    const { userRows, tiers } = this.#batch;
    visit(0, 0, userRows);
    for (const [tier, { first, rows }] of tiers.entries()) visit(tier + 1, userRows + first, rows);
  }

  /** Visits the parts of the input: their place, that of the loss by them (0 where nobody asks), and whose they are. */
  #eachPart(
    visit: (
      name: string,
      x: number,
      by: number,
      whose: { row: number; rows: number; begins: boolean },
    ) => void,
  ): void {
    const { users, pairs, servers, tiers, sizes, userRows } = this.#batch;
    const whose = (begins: boolean) => ({ row: 0, rows: userRows, begins });
    visit("users", users.offset, 0, whose(true));
    visit("pairs", pairs.offset, 0, whose(false));
    visit("choices", this.choices.offset, this.byChoices.offset, whose(false));
    visit("levels", this.levels.offset, this.byLevels.offset, whose(false));
    visit("picked", this.#picked, this.#byPicked, whose(false));
    for (const [tier, { first, rows }] of tiers.entries()) {
      const row = userRows + first;
      visit(`tier/${tier}`, servers.offset + 4 * first * sizes.serverFeatures, 0, {
        row,
        rows,
        begins: true,
      });
      const at = 4 * first * sizes.serverLevels;
      const [levels, byLevels] = [this.serverLevels.offset + at, this.byServerLevels.offset + at];
      visit(`tier/${tier}/levels`, levels, byLevels, { row, rows, begins: false });
    }
  }

  dispose(): void {
    this.#room.dispose();
  }
}
