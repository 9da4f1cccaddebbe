/** A small task, as a specification file has it. */
export function smallSpec(): Record<string, unknown> & { reward: Record<string, unknown> } {
  return {
    name: "small",
    dataset: "mnist",
    model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
    training: { batchSize: 10, learningRate: 0.1, samplesPerRound: 50 },
    rounds: 2,
    schedule: {
      enrolSeconds: 3,
      epochSeconds: 8,
      commitSeconds: 4,
      revealSeconds: 3,
      reportSeconds: 2,
      deadlineSeconds: 60,
      claimSeconds: 60,
    },
    subchains: ["virtual", "physical"],
    maxWorkers: 4,
    aggregators: { attestations: 2, of: 2 },
    reward: {
      policy: "aoi-contract",
      menu: {
        items: [
          { period: 4, reward: "10", cost: "5" },
          { period: 2, reward: "16", cost: "3" },
        ],
      },
    },
  };
}

/** The types of a menu that is solved rather than given. */
export function smallTypes(): Record<string, unknown> {
  return {
    costs: ["9940000000000000000", "2860000000000000000"],
    probabilities: [0.5, 0.5],
    unitProfit: "100000000000000000000",
    agePreference: 0.65,
    toleratedAgeSeconds: 60,
    toleratedLatencySeconds: 20,
    periodSeconds: 1,
    fixedPhase: "collection",
    fixedPeriods: 1,
  };
}
