import { buildContracts } from "../chains/buildContracts.ts";
import { FaultTally } from "../FaultTally.ts";
import type { Trace } from "../Trace.ts";
import { Invariants } from "./Invariants.ts";
import type { Plant } from "./plants.ts";
import { RelayWorld } from "./RelayWorld.ts";
import { BLOCK_MILLISECONDS, drawSchedule, MOST_CONFIRMATIONS } from "./Schedule.ts";
import { SimulatedNetwork } from "./SimulatedNetwork.ts";
import { SOURCES } from "./sources.ts";

/** How long after the last fault everything must be delivered, milliseconds. */
const PATIENCE_MILLISECONDS = 900_000;
/** For how many blocks after that nothing more may happen. */
const QUIET_BLOCKS = MOST_CONFIRMATIONS + 1;

/** What came of one schedule. */
export interface ScheduleResult {
  seed: number;
  /** What did not hold; empty when all did. */
  violations: string[];
  /** Messages in the outboxes at the end. */
  messages: number;
  /** Faults injected, by kind. */
  faults: Record<string, number>;
  /** Virtual time that it took, milliseconds. */
  milliseconds: number;
}

/** Runs the schedule of a seed on a network, which is reset before. */
export async function runSchedule(
  seed: number,
  modules: { network: SimulatedNetwork; plant?: Plant | undefined; trace?: Trace | undefined },
): Promise<ScheduleResult> {
  const { network, plant, trace } = modules;
  await network.reset();
  const tally = new FaultTally();
  const world = new RelayWorld(drawSchedule(seed), {
    network,
    tally,
    plant,
    trace,
    onBlock: () => {
      invariants.checkDeliveries();
      invariants.checkCursors();
      invariants.checkTimes();
      invariants.checkAnnouncements();
      isDone = world.isHealed && world.isUp && invariants.isDone;
    },
  });
  const invariants = new Invariants(world);
  let isDone = false;
  const { clock } = world;
  const start = clock.now();
  world.begin();
  let unmet: string[] = [];
  try {
    do {
      await clock.run(start + PATIENCE_MILLISECONDS, () => isDone || invariants.violations.length > 0);
      // Once something is broken, the end says no more than that.
      if (invariants.violations.length > 0) break;
      await clock.run(clock.now() + QUIET_BLOCKS * BLOCK_MILLISECONDS);
      unmet = invariants.unmet();
      isDone = false;
    } while (unmet.length > 0 && clock.now() < start + PATIENCE_MILLISECONDS);
  } catch (error) {
    invariants.fail(error);
  }
  return {
    seed,
    violations: [...invariants.violations, ...unmet],
    messages: world.histories.reduce((sum, history) => sum + history.sent().length, 0),
    faults: tally.counts(),
    milliseconds: clock.now() - start,
  };
}

/** The network on which schedules run, with the bug in its contracts that is to be there. */
export async function networkFor(plant: Plant | undefined): Promise<SimulatedNetwork> {
  await buildContracts(SOURCES);
  return compiledNetworkFor(plant);
}

/** The same where its contracts are compiled: for processes that work side by side. */
export function compiledNetworkFor(plant: Plant | undefined): Promise<SimulatedNetwork> {
  return SimulatedNetwork.create(plant === "no-replay-check" ? "ForgetfulGateway" : "Gateway");
}
