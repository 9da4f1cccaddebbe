import { argv } from "node:process";
import { createInterface } from "node:readline";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { sharedDataset } from "../learning/datasets/sharedDataset.ts";
import { EngineThreads } from "../learning/engine/EngineThreads.ts";
import { initialGlobalModel } from "../learning/federated/initialGlobalModel.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { FederatedClients } from "../simulation/federated/FederatedClients.ts";
import { FederationPool } from "../simulation/federated/FederationPool.ts";
import { federatedRounds } from "../simulation/federated/federatedRounds.ts";
import { shareModel } from "../simulation/federated/SharedModel.ts";
import { CLIENT, type SimulationCase, taskOf } from "./simulationCase.ts";

// Freshet's side of the benchmark of simulations: a process for one case, its argument as JSON. It answers lines
// "rounds N" and "bound N" with the seconds that N rounds took, and that their trainings alone take; "memory 0" with
// the MiB that the process has resident.

/** Images that all clients draw from. */
const SAMPLES = 5000;

const { threads, ...measured } = JSON.parse(argv[2]!) as SimulationCase & { threads: number };
const { clients: count, perRound } = measured;
const task = taskOf(measured);
const random = new SeededRandom(1, "bench", "simulation");
const of: Dataset = sharedDataset({
  features: Uint8Array.from({ length: SAMPLES * 784 }, () => random.integer(256)),
  sampleShape: [28, 28, 1],
  scale: 1 / 255,
  labels: Uint8Array.from({ length: SAMPLES }, (_, row) => row % 10),
  classes: 10,
});
const rowsOf = (client: number) =>
  Uint32Array.from({ length: CLIENT.images }, (_, row) => (client * CLIENT.images + row) % SAMPLES);
const clients: FederatedClients = {
  count,
  nameOf: (client) => `client ${client}`,
  dataFor: (client) => ({ of, rows: rowsOf(client) }),
};

const pool = new FederationPool({ threads });
const rounds = federatedRounds({
  ...{ task, clients, pool },
  rounds: Number.POSITIVE_INFINITY,
  sampling: { kind: "uniform", clients: perRound },
});
/** Threads of their own, which wait while the others compute; started when they are first needed. */
let trainers: EngineThreads<typeof import("./trainOnlyThread.ts")> | undefined;

const tell = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
tell({});

for await (const line of createInterface({ input: process.stdin })) {
  const [what, times] = line.split(" ") as ["rounds" | "bound" | "memory", string];
  if (what === "memory") {
    tell({ residentMiB: process.memoryUsage.rss() / 2 ** 20 });
    continue;
  }
  const play = what === "rounds" ? () => rounds.next() : trainAlone;
  const began = performance.now();
  for (let round = 0; round < Number(times); round++) await play();
  tell({ seconds: (performance.now() - began) / 1000, rounds: Number(times) });
}

/** The trainings of a round, dealt to the threads at once. */
async function trainAlone(): Promise<void> {
  const jobs = new URL("./trainOnlyThread.ts", import.meta.url);
  trainers ??= new EngineThreads({ jobs, threads, recycleBytes: Number.POSITIVE_INFINITY });
  const { model: spec, training, seed } = task;
  const { start: parameters } = shareModel(initialGlobalModel(task));
  await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const rows: Uint32Array[] = [];
      for (let client = thread; client < perRound; client += threads) rows.push(rowsOf(client));
      const job = { spec, parameters, dataset: of, training, seed, rows };
      return trainers!.run("trainOnly", job, task.numericClass);
    }),
  );
}
