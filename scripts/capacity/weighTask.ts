import type { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { numericClassesHere } from "../../learning/engine/numericClassesHere.ts";
import type { ComputePool } from "../../learning/training/ComputePool.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { type Shortfall, shortfalls, taskLoad } from "../../tasks/taskLoad.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { type ExpectedWorkers, expectedSchedules } from "./expectedSchedules.ts";
import { measureTraining } from "./measureTraining.ts";
import { measureTransactions } from "./measureTransactions.ts";

/**
 * What this machine cannot carry of a task, were it to run the network's chains and these workers: what the task asks
 * for against what is measured now, within a second or two.
 *
 * @param workers - `samples`: how many there are to train on in each space, if that is known.
 */
export async function weighTask(
  spec: TaskSpec,
  workers: ExpectedWorkers & { samples: number | undefined },
  modules: { clients: NetworkClients; pool: ComputePool; clock: Clock },
): Promise<Shortfall[]> {
  const { clients } = modules;
  const load = taskLoad(spec, expectedSchedules(spec, clients.network, workers), workers.samples);
  const subchains = clients.subchains.filter(({ place }) => spec.subchains.includes(place.name));
  const transactions = await measureTransactions(
    subchains.map(({ client }) => client),
    modules,
  );
  const samplesASecond = numericClassesHere().some((here) => here === spec.numericClass)
    ? await measureTraining(spec, modules)
    : // Nobody trains it here.
      Number.POSITIVE_INFINITY;
  return shortfalls(spec, load, { ...transactions, samplesASecond });
}
