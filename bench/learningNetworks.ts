import type { ModelSpec } from "../learning/models/ModelSpec.ts";

/** A network of the benchmark. */
export interface LearningNetwork {
  readonly spec: ModelSpec;
  /** Images a step. */
  readonly batchSize: number;
  /** Steps a measurement. */
  readonly steps: number;
  /** Multiplications and additions an image takes in training, by the direct form of its layers. */
  readonly flops: number;
}

/** The names of the benchmark's networks. */
export type NetworkName = "mlp" | "cnn" | "resnet18";

/** The networks, as bench/learningPeer.py has them; all train by plain SGD. */
export const LEARNING_NETWORKS: Readonly<Record<NetworkName, LearningNetwork>> = {
  mlp: {
    spec: { kind: "mlp", inputs: 784, hidden: [200], outputs: 10 },
    batchSize: 32,
    steps: 100,
    flops: 2 * (2 * (784 * 200 + 200 * 10) + 200 * 10),
  },
  cnn: {
    spec: {
      kind: "cnn",
      input: [28, 28, 1],
      convolutions: [
        { filters: 16, size: 5, pool: 2 },
        { filters: 32, size: 5, pool: 2 },
      ],
      hidden: [],
      outputs: 10,
    },
    batchSize: 32,
    steps: 10,
    flops: 2 * (2 * 28 ** 2 * 25 * 16 + 3 * 14 ** 2 * 25 * 16 * 32 + 3 * 7 ** 2 * 32 * 10),
  },
  resnet18: {
    spec: { kind: "resnet18", input: [28, 28, 1], outputs: 10 },
    batchSize: 16,
    steps: 2,
    flops: 2 * (2 * 28 ** 2 * 9 * 64 + 3 * residualMacs()),
  },
};

/** Multiplications of ResNet-18's four stages, forward, on 28 × 28. */
function residualMacs(): number {
  let inputs = 64;
  let total = 0;
  for (const [filters, side] of [
    [64, 28],
    [128, 14],
    [256, 7],
    [512, 4],
  ] as const) {
    const pixels = side * side;
    total +=
      pixels * 9 * filters * (inputs + 3 * filters) + (inputs === filters ? 0 : pixels * inputs * filters);
    inputs = filters;
  }
  return total;
}
