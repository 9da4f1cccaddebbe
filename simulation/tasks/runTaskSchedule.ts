import { buildContracts } from "../chains/buildContracts.ts";
import { FaultTally } from "../FaultTally.ts";
import type { Trace } from "../Trace.ts";
import { contractsWith, type TaskPlant } from "./plants.ts";
import { sourcesWith } from "./sources.ts";
import { TaskInvariants } from "./TaskInvariants.ts";
import { TaskNetwork } from "./TaskNetwork.ts";
import { drawTaskSchedule } from "./TaskSchedule.ts";
import { TaskWorld } from "./TaskWorld.ts";
import { BLOCK_MILLISECONDS } from "./times.ts";

/** After how long a schedule is at its end whatever happens, milliseconds: longer than any stated time. */
const PATIENCE_MILLISECONDS = 3_600_000;
/** For how many blocks after everything is paid nothing more may happen. */
const QUIET_BLOCKS = 6;

/** What came of one schedule. */
export interface TaskScheduleResult {
  seed: number;
  /** What did not hold; empty when all did. */
  violations: string[];
  /** Rounds that were finalized, workers that were paid, wei that they were paid. */
  rounds: number;
  paid: number;
  /** Adversaries and faults met, by kind. */
  faults: Record<string, number>;
  /** Virtual time that it took, milliseconds. */
  milliseconds: number;
}

/**
 * Runs the schedule of a seed on a network, which is reset before.
 *
 * @param modules - `look` is shown the world after every block, for whoever wants to check more of it; what it throws is
 * a violation.
 */
export async function runTaskSchedule(
  seed: number,
  modules: {
    network: TaskNetwork;
    plant?: TaskPlant | undefined;
    trace?: Trace | undefined;
    look?: (world: TaskWorld) => void;
  },
): Promise<TaskScheduleResult> {
  const { network, plant, trace, look } = modules;
  await network.reset();
  const tally = new FaultTally();
  const world = new TaskWorld(drawTaskSchedule(seed), {
    network,
    tally,
    plant,
    trace,
    onBlock: () => {
      invariants.check();
      if (look === undefined) return;
      try {
        look(world);
      } catch (error) {
        invariants.fail(error);
      }
    },
  });
  const invariants = new TaskInvariants(world);
  const { clock } = world;
  const start = clock.now();
  world.begin();
  try {
    const isOver = () => invariants.isDone || invariants.violations.length > 0 || world.failure !== undefined;
    await clock.run(start + PATIENCE_MILLISECONDS, isOver);
    // Once something is broken, the end says no more than that.
    if (invariants.violations.length === 0 && world.failure === undefined) {
      await clock.run(clock.now() + QUIET_BLOCKS * BLOCK_MILLISECONDS);
      await invariants.checkEnd();
    }
    if (world.failure !== undefined) throw world.failure;
  } catch (error) {
    invariants.fail(error);
  }
  return {
    seed,
    violations: [...invariants.violations],
    rounds: world.witness.all("RoundFinalized").length,
    paid: world.witness.all("Paid").length,
    faults: tally.counts(),
    milliseconds: clock.now() - start,
  };
}

/** The network that schedules with a planted bug, or none, run on. */
export async function taskNetworkFor(plant: TaskPlant | undefined): Promise<TaskNetwork> {
  await buildContracts(sourcesWith(plant));
  return compiledTaskNetworkFor(plant);
}

/** The same where its contracts are compiled: for processes that work side by side. */
export function compiledTaskNetworkFor(plant: TaskPlant | undefined): Promise<TaskNetwork> {
  return TaskNetwork.create(contractsWith(plant));
}
