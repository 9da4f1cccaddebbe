import { expect } from "chai";
import { decompress } from "../../../../learning/federated/compression.ts";
import { fitRound } from "../../../../learning/federated/fitRound.ts";
import type { LearningTask } from "../../../../learning/federated/LearningTask.ts";
import { repeatableMismatch } from "../../../../learning/federated/modifications/repeatableMismatch.ts";
import type { UpdateModification } from "../../../../learning/federated/modifications/UpdateModification.ts";
import { strategySpecSchema } from "../../../../learning/federated/strategies/strategySpec.ts";
import { decodeUpdate } from "../../../../learning/federated/updateCodec.ts";
import type { UpdateSpec } from "../../../../learning/federated/updateSpec.ts";
import type { RandomSource } from "../../../../numerics/RandomSource.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { rejected } from "../../thrown.ts";
import { learningTask } from "../learningTask.ts";
import { workersData } from "../strategies/leastSquares.ts";
import { PlainFederation } from "../strategies/PlainFederation.ts";
import { noise } from "./noise.ts";

const FRACTION_BITS = 24;
const datasets = workersData([40]);

function taskOf(update: UpdateSpec, rest: Partial<LearningTask> = {}): LearningTask {
  return learningTask({
    model: { kind: "mlp", inputs: 2, hidden: [], outputs: 1 },
    fractionBits: FRACTION_BITS,
    training: { epochs: 10, batchSize: 1000, learningRate: 0.2 },
    update,
    ...rest,
  });
}

interface Given {
  modifications?: readonly UpdateModification[];
  secret?: RandomSource;
}

/** The worker's update of round 0. */
async function updateOf(task: LearningTask, given: Given = {}) {
  const federation = new PlainFederation(task, datasets);
  await federation.start();
  const parameters = { ...federation.fitParameters(0), ...given };
  const { update: bytes } = await fitRound(parameters);
  const file = decodeUpdate(bytes, task, federation.base);
  const flat = file.delta.flatMap((tensor) =>
    [...decompress(tensor, FRACTION_BITS)].map((steps) => steps * 2 ** -FRACTION_BITS),
  );
  return { bytes, file, flat, norm: Math.hypot(...flat) };
}

const plus = (amount: number): UpdateModification => ({
  drawsSecrets: false,
  modify: (delta) => delta.map((values) => values.map((value) => value + amount)),
});
const times = (factor: number): UpdateModification => ({
  drawsSecrets: false,
  modify: (delta) => delta.map((values) => values.map((value) => value * factor)),
});
const secretTask = taskOf({ encoding: "float32", repeatable: false });

describe("fitRound with modifications", () => {
  for (const encoding of ["float32", "int16", "int8"] as const) {
    it(`clips to the task's norm, in ${encoding}, with the same bytes each time`, async () => {
      const plain = await updateOf(taskOf({ encoding }));
      const norm = plain.norm / 3;
      const task = taskOf({ encoding, modifications: [{ kind: "clip", norm }] });
      const clipped = await updateOf(task);
      expect(clipped.norm / norm).to.be.closeTo(1, { float32: 1e-6, int16: 1e-4, int8: 1e-2 }[encoding]);
      expect((await updateOf(task)).bytes).to.deep.equal(clipped.bytes);
      const wide = taskOf({ encoding, modifications: [{ kind: "clip", norm: 2 * plain.norm }] });
      expect((await updateOf(wide)).bytes).to.deep.equal(plain.bytes);
    });
  }

  it("makes modifications in their order", async () => {
    const task = taskOf({ encoding: "float32" });
    const plain = await updateOf(task);
    const there = await updateOf(task, { modifications: [plus(1), times(2)] });
    const back = await updateOf(task, { modifications: [times(2), plus(1)] });
    for (const [k, value] of plain.flat.entries()) {
      expect(there.flat[k]).to.be.closeTo(2 * (value + 1), 1e-6);
      expect(back.flat[k]).to.be.closeTo(2 * value + 1, 1e-6);
    }
  });

  it("sends nothing that follows from more than the modified change: SCAFFOLD's Δc_i neither", async () => {
    const strategy = strategySpecSchema.parse({ kind: "scaffold" });
    const task = taskOf({ encoding: "float32" }, { strategy });
    const { file } = await updateOf(task, { modifications: [times(0)] });
    for (const tensor of [...file.delta, ...file.control!]) {
      expect([...tensor.values].every((value) => value === 0)).to.equal(true);
    }
    const plain = await updateOf(task);
    expect(plain.file.control![0]!.values.some((value) => value !== 0)).to.equal(true);
  });

  it("gives each modification public draws of its own, which everybody can repeat", async () => {
    const drawn: number[] = [];
    const drawing: UpdateModification = {
      drawsSecrets: false,
      modify: (delta, { random }) => {
        drawn.push(random.uniform());
        return delta;
      },
    };
    const task = taskOf({ encoding: "float32" });
    for (let time = 0; time < 2; time++) await updateOf(task, { modifications: [drawing, drawing] });
    await updateOf(taskOf({ encoding: "float32" }, { seed: 2 }), { modifications: [drawing] });
    expect(drawn.slice(0, 2)).to.deep.equal(drawn.slice(2, 4));
    expect(new Set(drawn)).to.have.length(3);
  });

  it("draws secrets from the worker's source: another source is another update, the same is the same", async () => {
    const noisy = (seed: number) =>
      updateOf(secretTask, { modifications: [noise], secret: new SeededRandom(seed) });
    const [first, again, other] = [await noisy(1), await noisy(1), await noisy(2)];
    expect(again.bytes).to.deep.equal(first.bytes);
    expect(other.bytes).to.not.deep.equal(first.bytes);
  });

  it("hands the secret source to none that does not declare it", async () => {
    const contexts: object[] = [];
    const curious: UpdateModification = {
      drawsSecrets: false,
      modify: (delta, context) => {
        contexts.push(context);
        return delta;
      },
    };
    await updateOf(secretTask, { modifications: [curious, noise], secret: new SeededRandom(1) });
    expect(contexts.map((context) => Object.keys(context).sort())).to.deep.equal([["random", "spec"]]);
  });

  it("refuses secret draws where the task is repeatable, or where there is no source of them", async () => {
    const secret = new SeededRandom(1);
    for (const update of [{ encoding: "float32" }, { encoding: "float32", repeatable: true }] as const) {
      const error = await rejected(updateOf(taskOf(update), { modifications: [noise], secret }));
      expect(error.code).to.equal("UPDATE_REPEATABLE");
    }
    expect((await rejected(updateOf(secretTask, { modifications: [noise] }))).code).to.equal("UPDATE_SECRET");
    expect(repeatableMismatch(true, [noise])).to.match(/update\.repeatable: false/);
    expect(repeatableMismatch(false, [noise])).to.equal(undefined);
    expect(repeatableMismatch(true, [plus(1)])).to.equal(undefined);
  });
});
