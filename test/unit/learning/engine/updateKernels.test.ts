import { expect } from "chai";
import type { KernelPack } from "../../../../learning/engine/KernelPack.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { PLAIN_PASSES } from "../../../../learning/federated/UpdatePasses.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { packsOf } from "./packsOf.ts";

/** Around whole vectors of every width. */
const LENGTHS = [1, 7, 16, 33, 1003];
const UNITS = 2 ** 20;

describe("the kernels that pass over updates", function () {
  this.timeout(60_000);
  const packs = new Map<string, KernelPack>();

  before(async () => {
    const engine = await startEngine();
    for (const mode of ["strict", "fast"] as const) {
      for (const [level, pack] of await packsOf(engine, mode)) packs.set(level, pack);
    }
  });

  /** Of all sizes that an update may have, with either sign; zeros; and the middle between two steps. */
  const updateOf = (length: number, seed: number) => {
    const random = new SeededRandom(seed, "update", length);
    return Float32Array.from({ length }, () => {
      const sign = random.integer(2) === 0 ? 1 : -1;
      const kind = random.integer(4);
      if (kind === 0) return sign * 0;
      if (kind === 1) return (sign * (random.integer(1000) + 0.5)) / UNITS;
      if (kind === 2) return sign * random.uniform() * 1e-5;
      return sign * random.uniform() * (2 ** 11 - 1);
    });
  };

  it("give the bits of JavaScript at every level of either class", () => {
    for (const [level, pack] of packs) {
      for (const length of LENGTHS) {
        const name = `${level}, ${length}`;
        const workspace = pack.workspace(24 * length + 6 * 64);
        const [x, y] = [workspace.floats(length), workspace.floats(length)];
        const [sums, constants] = [workspace.doubles(length), workspace.doubles(2)];
        const result = workspace.integers(1);
        const expected = new Float64Array(length);
        for (const [seed, weight] of [1, 50, 2 ** 20 - 1].entries()) {
          const [update, other] = [updateOf(length, seed), updateOf(length, seed + 100)];
          x.set(update);
          workspace.run("largestBits", [x, length, result]);
          expect(result[0], name).to.equal(PLAIN_PASSES.largestBits(update));
          constants.set([UNITS, weight]);
          workspace.run("addSteps", [sums, x, length, constants]);
          PLAIN_PASSES.addSteps(expected, update, UNITS, weight);
          expect(sums, name).to.deep.equal(expected);
          y.set(other);
          workspace.run("subtract", [x, y, length]);
          PLAIN_PASSES.subtract(update, other);
          expect(x, name).to.deep.equal(update);
        }
      }
    }
  });

  it("see infinity and what is no number as larger than any", () => {
    for (const [level, pack] of packs) {
      for (const [value, bits] of [
        [Number.NEGATIVE_INFINITY, 0x7f800000] as const,
        [Number.NaN, 0x7fc00000] as const,
      ]) {
        const workspace = pack.workspace(1024);
        const [x, result] = [workspace.floats(21), workspace.integers(1)];
        x.fill(-3e38);
        x[20] = value;
        workspace.run("largestBits", [x, 21, result]);
        expect(result[0], level).to.equal(bits);
      }
    }
  });

  it("work on arrays that are apart, as many as there is room for", () => {
    const workspace = [...packs.values()][0]!.workspace(300);
    const arrays = [workspace.bytes(3), workspace.doubles(2), workspace.floats(1), workspace.integers(20)];
    for (const [index, array] of arrays.entries()) array.fill(index + 1);
    for (const [index, array] of arrays.entries()) {
      expect(new Set<number>(array)).to.deep.equal(new Set([index + 1]));
    }
    expect(workspace.holds(...arrays)).to.equal(true);
    expect(workspace.holds(arrays[0]!, new Float32Array(1))).to.equal(false);
    expect(() => workspace.bytes(2 ** 21)).to.throw(RangeError);
  });
});
