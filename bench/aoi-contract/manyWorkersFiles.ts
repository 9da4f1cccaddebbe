import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A task's schedule with what a test or a measurement wants of it. */
export interface ManyWorkersOptions {
  devices: number;
  /** Longest times for which data are fresh, seconds: in turn, a device and its twin take the same. */
  periods: readonly number[];
  epochSeconds: number;
  enrolSeconds: number;
  commitSeconds: number;
  /** Two unless given. */
  rounds?: number;
  /** Fields of `training` besides. */
  training?: Record<string, unknown>;
}

/** Writes the files of a task for many devices, each of which takes the item that is meant for it. */
export async function writeManyWorkers(
  directory: string,
  options: ManyWorkersOptions,
): Promise<{ spec: string; workers: string }> {
  const { devices, periods, epochSeconds, enrolSeconds, commitSeconds, rounds = 2, training = {} } = options;
  // A type that pays for a refresh what its item gives for one more than the item before has.
  const items = periods
    .toSorted((a, b) => b - a)
    .map((period) => ({ period, refreshes: epochSeconds / period }));
  let reward = 0n;
  const menu = items.map(({ period, refreshes }, i) => {
    const cost = 10n ** 18n / BigInt(i + 1);
    const more = refreshes - (items[i - 1]?.refreshes ?? 0);
    reward += cost * BigInt(Math.ceil(more));
    return { period, reward: String(reward), cost: String(cost) };
  });
  const spec = {
    name: "many-workers",
    seed: 1,
    dataset: "mnist",
    model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
    training: { epochs: 1, batchSize: 32, learningRate: 0.1, samplesPerRound: 500, ...training },
    rounds,
    schedule: {
      enrolSeconds,
      epochSeconds,
      commitSeconds,
      revealSeconds: 60,
      reportSeconds: 60,
      deadlineSeconds: 600 * rounds,
      claimSeconds: 3600,
    },
    subchains: ["virtual", "physical"],
    maxWorkers: devices,
    aggregators: { attestations: 2, of: 2 },
    reward: { policy: "aoi-contract", bonus: "1000000000000000", menu: { items: menu } },
  };
  const workers = Array.from({ length: devices }, (_, i) => {
    const { cost } = menu[i % menu.length]!;
    const privacyPolicy = { kind: "fraction", fraction: 0.6 };
    return { name: `device ${i + 1}`, cost, twinCost: cost, privacyPolicy };
  });
  const paths = { spec: join(directory, "many.json"), workers: join(directory, "many-workers.json") };
  await writeFile(paths.spec, JSON.stringify(spec));
  await writeFile(paths.workers, JSON.stringify({ devices: workers }));
  return paths;
}
