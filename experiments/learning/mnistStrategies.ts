import { type MnistChoice, type MnistPartition, mnistChoice } from "./mnistSetting.ts";

/** The strategies compared, by the name they are shown with. */
export const MNIST_STRATEGIES = ["FedAvg", "FedAvgM", "FedProx", "FedAdam", "SCAFFOLD"] as const;

export type MnistStrategy = (typeof MNIST_STRATEGIES)[number];

/** η of the clients. */
const LEARNING_RATES = [0.03, 0.1, 0.3, 1];

/** The grid that `experiment learning tuning` searches: each client learning rate with each of a strategy's own settings. */
export const MNIST_GRID: Readonly<Record<MnistStrategy, readonly MnistChoice[]>> = {
  FedAvg: over([{ kind: "fedavg" }]),
  FedAvgM: over([0.5, 0.9].map((serverMomentum) => ({ kind: "fedavgm", serverMomentum }))),
  FedProx: over([0.01, 0.1].map((proximalMu) => ({ kind: "fedprox", proximalMu }))),
  FedAdam: over([0.01, 0.03].map((serverLearningRate) => ({ kind: "fedadam", serverLearningRate }))),
  SCAFFOLD: over([{ kind: "scaffold" }]),
};

/** What came out best, on a seed that the table does not use. */
export const MNIST_CHOSEN: Readonly<Record<MnistPartition, Readonly<Record<MnistStrategy, MnistChoice>>>> = {
  IID: {
    FedAvg: mnistChoice({ kind: "fedavg" }, 0.3),
    FedAvgM: mnistChoice({ kind: "fedavgm", serverMomentum: 0.5 }, 0.3),
    FedProx: mnistChoice({ kind: "fedprox", proximalMu: 0.01 }, 0.3),
    FedAdam: mnistChoice({ kind: "fedadam", serverLearningRate: 0.03 }, 0.3),
    SCAFFOLD: mnistChoice({ kind: "scaffold" }, 0.3),
  },
  "Dirichlet(0.1)": {
    FedAvg: mnistChoice({ kind: "fedavg" }, 0.3),
    FedAvgM: mnistChoice({ kind: "fedavgm", serverMomentum: 0.9 }, 0.3),
    FedProx: mnistChoice({ kind: "fedprox", proximalMu: 0.01 }, 0.3),
    FedAdam: mnistChoice({ kind: "fedadam", serverLearningRate: 0.03 }, 0.3),
    SCAFFOLD: mnistChoice({ kind: "scaffold" }, 0.3),
  },
};

function over(strategies: readonly unknown[]): MnistChoice[] {
  return strategies.flatMap((strategy) => LEARNING_RATES.map((rate) => mnistChoice(strategy, rate)));
}

/** A choice's hyper-parameters for people. */
export function describeChoice({ strategy, learningRate }: MnistChoice): string {
  const client = `η ${learningRate}`;
  switch (strategy.kind) {
    case "fedavg":
      return client;
    case "fedavgm":
      return `${client}, β ${strategy.serverMomentum}`;
    case "fedprox":
      return `${client}, μ ${strategy.proximalMu}`;
    case "fedadam":
      return `${client}, server η ${strategy.serverLearningRate}`;
    case "scaffold":
      return `${client}, server η ${strategy.serverLearningRate}`;
    default:
      return strategy satisfies never;
  }
}
