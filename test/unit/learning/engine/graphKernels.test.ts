import { expect } from "chai";
import type { HeapFloats } from "../../../../learning/engine/HeapFloats.ts";
import type { KernelPack } from "../../../../learning/engine/KernelPack.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { packsOf } from "./packsOf.ts";
import { seededFloats } from "./seededFloats.ts";

const ROWS = 37;

/** What a kernel should come to, and how it is called. */
interface Case {
  readonly name: string;
  run(pack: KernelPack): HeapFloats;
  expected(): number[];
}

describe("kernels over graphs", () => {
  const cases: Case[] = [];
  let packs: Awaited<ReturnType<typeof packsOf>>;

  before(async () => {
    packs = await packsOf(await startEngine(), "strict");
    const home = [...packs.values()][0]!;
    const floats = (length: number, seed: number) => {
      const room = home.floats(length);
      room.values.set(seededFloats(length, seed));
      return room;
    };
    const out = home.floats(ROWS * 70);
    const before = seededFloats(out.length, 9);
    const fresh = () => out.values.set(before);
    const [a, b, bias] = [floats(ROWS * 70, 1), floats(70 * 70, 2), floats(70, 3)];
    const starts = home.integers(ROWS + 1);
    const columns = home.integers(4 * ROWS);
    const weights = floats(4 * ROWS, 4);
    // Rows with none to four entries.
    for (let row = 0; row < ROWS; row++) starts.values[row + 1] = starts.values[row]! + (row % 5);
    for (let e = 0; e < columns.length; e++) columns.values[e] = (e * 11) % ROWS;
    const matrix = (weighted: boolean) => [starts.offset, columns.offset, weighted ? weights.offset : 0];

    for (const [m, n, k] of [
      [ROWS, 64, 64],
      [ROWS, 1, 32],
      [ROWS, 5, 64],
      [ROWS, 70, 1],
    ] as const) {
      for (const [transposeA, transposeB] of [
        [0, 0],
        [1, 0],
        [0, 1],
      ] as const) {
        for (const [resume, relu, biased] of [
          [0, 0, 0],
          [1, 1, 1],
        ] as const) {
          cases.push({
            name: `product ${m}×${k}×${n}, transposed ${transposeA}${transposeB}, resume ${resume}`,
            run(pack) {
              fresh();
              const places = [a.offset, b.offset, biased ? bias.offset : 0, out.offset];
              pack.run("product", [...places, m, n, k, transposeA, transposeB, resume, relu]);
              return out;
            },
            expected: () =>
              Array.from({ length: m * n }, (_, at) => {
                const [i, j] = [Math.floor(at / n), at % n];
                let sum = resume ? before[at]! : 0;
                for (let p = 0; p < k; p++) {
                  const x = a.values[transposeA ? p * m + i : i * k + p]!;
                  sum += x * b.values[transposeB ? j * k + p : p * n + j]!;
                }
                sum += biased ? bias.values[j]! : 0;
                return relu ? Math.max(0, sum) : sum;
              }),
          });
        }
      }
    }
    for (const width of [64, 12, 1]) {
      for (const [weighted, resume, relu, factor] of [
        [true, 0, 0, 1],
        [false, 1, 1, 0.3],
      ] as const) {
        cases.push({
          name: `sparseProduct of width ${width}${weighted ? ", weighted" : ", resumed"}`,
          run(pack) {
            fresh();
            const places = [...matrix(weighted), a.offset, out.offset];
            pack.run("sparseProduct", [...places, ROWS, width, resume, relu], [factor]);
            return out;
          },
          expected: () =>
            Array.from({ length: ROWS * width }, (_, at) => {
              const row = Math.floor(at / width);
              let sum = 0;
              for (let e = starts.values[row]!; e < starts.values[row + 1]!; e++) {
                const weight = weighted ? weights.values[e]! : 1;
                sum += weight * a.values[columns.values[e]! * width + (at % width)]!;
              }
              const all = factor * sum + (resume ? before[at]! : 0);
              return relu ? Math.max(0, all) : all;
            }),
        });
      }
      cases.push({
        name: `sparseDots of width ${width}`,
        run(pack) {
          fresh();
          const places = [starts.offset, columns.offset, a.offset, b.offset, out.offset];
          pack.run("sparseDots", [...places, ROWS, width, 1], [0.3]);
          return out;
        },
        expected: () => {
          const dots: number[] = [];
          for (let row = 0; row < ROWS; row++) {
            for (let e = starts.values[row]!; e < starts.values[row + 1]!; e++) {
              let dot = 0;
              for (let j = 0; j < width; j++)
                dot += a.values[row * width + j]! * b.values[columns.values[e]! * width + j]!;
              dots.push(before[e]! + 0.3 * dot);
            }
          }
          return dots;
        },
      });
    }
    cases.push({
      name: "moveTowards",
      run(pack) {
        fresh();
        pack.run("moveTowards", [out.offset, a.offset, 101], [0.25]);
        return out;
      },
      expected: () => Array.from({ length: 101 }, (_, at) => 0.25 * a.values[at]! + 0.75 * before[at]!),
    });
  });

  it("compute what they say, and the same bits in WebAssembly and at every native level", () => {
    expect(cases).to.have.length(34);
    for (const { name, run, expected } of cases) {
      const wanted = expected();
      let first: Float32Array | undefined;
      for (const [level, pack] of packs) {
        const found = run(pack).values.slice();
        for (const [at, value] of wanted.entries())
          expect(found[at], `${name}, ${level}, ${at}`).to.be.closeTo(
            value,
            2e-5 * Math.max(1, Math.abs(value)),
          );
        first ??= found;
        expect(found, `${name}, ${level}`).to.deep.equal(first);
      }
    }
  });
});
