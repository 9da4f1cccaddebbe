import { expect } from "chai";
import type { GlobalModel } from "../../../../learning/federated/GlobalModel.ts";
import { aggregateFit } from "../../../../learning/federated/strategies/aggregateFit.ts";
import { strategyOf } from "../../../../learning/federated/strategies/strategyOf.ts";
import {
  type StrategySpec,
  strategySpecSchema,
} from "../../../../learning/federated/strategies/strategySpec.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import {
  type DrawnResult,
  drawnResults,
  drawnTensors,
  FRACTION_BITS,
  flat,
  smallModel,
} from "./drawnResults.ts";

const UNIT = 2 ** -FRACTION_BITS;
const ROUNDS = 12;

/** A plain server in float64: from w and the round's (n_i, δ_i, Δc_i) to the next w. */
type Server = (w: number[], parts: { n: number; delta: number[]; dc: number[] }[]) => number[];

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const mean = (parts: { n: number }[], values: number[]) =>
  sum(parts.map(({ n }, i) => n * values[i]!)) / sum(parts.map(({ n }) => n));

/** McMahan et al. 2017, algorithm 1: the average of the local models. */
const averaging = (): Server => (w, parts) =>
  w.map((w_k, k) =>
    mean(
      parts,
      parts.map(({ delta }) => w_k + delta[k]!),
    ),
  );

/** Hsu et al. 2019: v ← βv + Δ, w ← w − v with Δ = Σ n_i (w − w_i) / Σ n_i. */
const momentum = (beta: number, eta: number): Server => {
  const v = [0, 0, 0];
  return (w, parts) =>
    w.map((w_k, k) => {
      const pseudoGradient = mean(
        parts,
        parts.map(({ delta }) => w_k - (w_k + delta[k]!)),
      );
      v[k] = beta * v[k]! + pseudoGradient;
      return w_k - eta * v[k]!;
    });
};

/** Reddi et al. 2021, algorithm 2, FedAdam. */
const adam = (eta: number, beta1: number, beta2: number, tau: number): Server => {
  const m = [0, 0, 0];
  const v = [tau ** 2, tau ** 2, tau ** 2];
  return (w, parts) =>
    w.map((x, k) => {
      const delta = mean(
        parts,
        parts.map((part) => part.delta[k]!),
      );
      m[k] = beta1 * m[k]! + (1 - beta1) * delta;
      v[k] = beta2 * v[k]! + (1 - beta2) * delta ** 2;
      return x + (eta * m[k]!) / (Math.sqrt(v[k]!) + tau);
    });
};

/** Karimireddy et al. 2020, algorithm 1, line 16 and 17: the model; c is compared apart. */
const controlled =
  (eta: number): Server =>
  (w, parts) =>
    w.map(
      (x, k) =>
        x +
        eta *
          mean(
            parts,
            parts.map(({ delta }) => delta[k]!),
          ),
    );

const cases: [Partial<StrategySpec> & { kind: StrategySpec["kind"] }, () => Server][] = [
  [{ kind: "fedavg" }, averaging],
  [{ kind: "fedprox", proximalMu: 0.1 }, averaging],
  [{ kind: "fedavgm", serverMomentum: 0 }, averaging],
  [{ kind: "fedavgm", serverMomentum: 0.7, serverLearningRate: 0.5 }, () => momentum(0.7, 0.5)],
  [{ kind: "fedadam" }, () => adam(0.01, 0.9, 0.99, 0.001)],
  [
    { kind: "fedadam", serverLearningRate: 0.1, beta1: 0.5, beta2: 0.8, tau: 0.03 },
    () => adam(0.1, 0.5, 0.8, 0.03),
  ],
  [{ kind: "scaffold" }, () => controlled(1)],
  [{ kind: "scaffold", serverLearningRate: 0.3 }, () => controlled(0.3)],
];

function initial(spec: StrategySpec, random: SeededRandom): GlobalModel {
  return {
    spec: smallModel,
    fractionBits: FRACTION_BITS,
    tensors: drawnTensors(random),
    state: strategyOf(spec).initialState([2, 1]),
  };
}

const parts = (results: readonly DrawnResult[]) =>
  results.map(({ weight, deltas, controls }) => ({
    n: weight,
    delta: flat(deltas, UNIT),
    dc: flat(controls, UNIT),
  }));

describe("strategies against the papers' algorithms in float64", () => {
  for (const [given, makeServer] of cases) {
    it(`${JSON.stringify(given)}, ${ROUNDS} rounds`, () => {
      const spec = strategySpecSchema.parse(given);
      const random = new SeededRandom(5, given.kind);
      const server = makeServer();
      let global = initial(spec, random);
      let w = flat(global.tensors, UNIT);
      for (let round = 0; round < ROUNDS; round++) {
        const results = drawnResults(random);
        global = aggregateFit(strategyOf(spec), round, global, results).global;
        w = server(w, parts(results));
        for (const [k, value] of flat(global.tensors, UNIT).entries()) {
          expect(value).to.be.closeTo(w[k]!, (round + 1) * UNIT, `parameter ${k} in round ${round}`);
        }
      }
      expect(
        sum(
          w.map((value, k) =>
            Math.abs(value - flat(initial(spec, new SeededRandom(5, given.kind)).tensors, UNIT)[k]!),
          ),
        ),
      ).to.be.greaterThan(0.01);
    });
  }

  for (const workers of [undefined, 10]) {
    it(`scaffold's c with N = ${workers ?? "|S|"}: c ← c + |S|/N · mean of Δc_i`, () => {
      const spec = strategySpecSchema.parse({ kind: "scaffold", workers });
      const random = new SeededRandom(6);
      let global = initial(spec, random);
      let c = [0, 0, 0];
      for (let round = 0; round < ROUNDS; round++) {
        const results = drawnResults(random);
        global = aggregateFit(strategyOf(spec), round, global, results).global;
        const share = workers === undefined ? 1 : results.length / workers;
        const sent = parts(results);
        c = c.map(
          (c_k, k) =>
            c_k +
            share *
              mean(
                sent,
                sent.map(({ dc }) => dc[k]!),
              ),
        );
        for (const [k, value] of flat(global.state.get("control")!).entries()) {
          expect(value).to.be.closeTo(c[k]!, 1e-12);
        }
      }
    });
  }

  it("evaluates the global model, and averages evaluations by their samples in any order", () => {
    const { configureEvaluate, aggregateEvaluate } = strategyOf({ kind: "fedavg" });
    const global = initial({ kind: "fedavg" }, new SeededRandom(1));
    expect(flat(configureEvaluate(0, global).parameters)).to.deep.equal(
      flat(global.tensors, UNIT).map(Math.fround),
    );
    const results = [
      { samples: 10, score: 0.5, metrics: { rmse: 2 } },
      { samples: 30, score: 0.7, metrics: { rmse: 4, other: 1 } },
      { samples: 0, score: 0.1, metrics: {} },
    ];
    const expected = { samples: 40, score: 0.65, metrics: { other: 1, rmse: 3.5 } };
    expect(aggregateEvaluate(0, results)).to.deep.equal(expected);
    expect(aggregateEvaluate(0, results.toReversed())).to.deep.equal(expected);
    // 0.1 + 0.2 + 0.3 depends on the order in float64.
    const thirds = [0.1, 0.2, 0.3].map((score) => ({ samples: 1, score, metrics: {} }));
    expect(aggregateEvaluate(0, thirds)).to.deep.equal(aggregateEvaluate(0, thirds.toReversed()));
    // What was evaluated on no sample says nothing, and nothing is not 0.
    const empty = { samples: 0, score: 0, metrics: { rmse: 0 } };
    expect(aggregateEvaluate(0, [...results, empty])).to.deep.equal(expected);
    for (const none of [[], [empty], [empty, empty]]) {
      expect(() => aggregateEvaluate(0, none))
        .to.throw()
        .with.property("code", "NOTHING_TO_SCORE");
    }
  });
});
