/** A setting that learns, as a file has it. */
export const BASE = {
  dataset: "mnist",
  clients: 10,
  partition: { kind: "dirichlet", alpha: 0.1 },
  model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
  training: { epochs: 1, batchSize: 32, learningRate: 0.1 },
  rounds: 2,
};
