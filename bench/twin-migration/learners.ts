import { join } from "node:path";
import { MigrationGraph } from "../../mechanisms/twin-migration/learning/MigrationGraph.ts";
import { TRAINING_SIZE } from "../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import { DEFAULT_PARAMETERS } from "../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import { BenchPeer } from "../BenchPeer.ts";
import { median } from "../median.ts";
import { pythonWith } from "../pythonWith.ts";
import { PYTORCH } from "../pytorch.ts";

/** Updates of a measurement, after some that do not count. */
const UPDATES = 50;
const WARM_UP = 20;
/** Steps of a measurement of the environment. */
const STEPS = { "20/4/2": 20_000, "100/10/3": 4000 } as const;
/** Episodes that a quick run extrapolates from. */
const QUICK_EPISODES = 12;
const ENGINES = {
  wasm: { numericClass: "strict", native: "off" },
  native: { numericClass: "strict", native: "required" },
} as const;

/** The outcome of {@link benchMigrationLearners}; one core, strict kernels, batches of 32 moments at 20/4/2. */
export interface MigrationLearnersBench {
  /** Steps of the environment a second with all observations, by its size. */
  readonly envStepsPerSecond: Readonly<Record<keyof typeof STEPS, number>>;
  /** Updates of both networks a second of a processor; null where that engine or PyTorch does not run. */
  readonly updatesPerSecond: Readonly<Record<"wasm" | "native" | "pytorch", number | null>>;
  /** To PyTorch's. */
  readonly ratios: Readonly<Record<"wasm" | "native", number | null>>;
  /** Processor seconds of whole runs with their trials, on the engine that is used here. */
  readonly trainSeconds: Readonly<Record<"cold60" | "warm160", number>>;
  /** Whether those are extrapolated from a few episodes. */
  readonly extrapolated: boolean;
}

interface Measured {
  readonly seconds: number;
  readonly updates?: number;
  readonly steps?: number;
  readonly extrapolated?: boolean;
}

/**
 * Measures twin migration's environment and MO-MADDPG's updates on our engines and in PyTorch, in turn, and a cold and a
 * warm run.
 *
 * @param rounds - Turns, ≥ 1. @param quick - Extrapolates the runs.
 */
export async function benchMigrationLearners(
  { rounds, quick }: { readonly rounds: number; readonly quick: boolean },
  { tell }: { readonly tell: (doing: string) => void },
): Promise<MigrationLearnersBench> {
  const ours = join(import.meta.dirname, "learnerTrainer.ts");
  const peers = new Map<"wasm" | "native" | "pytorch", BenchPeer<Measured>>();
  try {
    const python = await pythonWith(PYTORCH).catch((error: BaseError) => error);
    if (typeof python === "string") {
      const script = join(import.meta.dirname, "learnerPeer.py");
      peers.set("pytorch", new BenchPeer("pytorch", python, [script, peerSizes()]));
    }
    for (const [engine, options] of Object.entries(ENGINES)) {
      const name = engine as keyof typeof ENGINES;
      peers.set(name, new BenchPeer(name, process.execPath, [ours, JSON.stringify(options)]));
    }
    for (const [name, peer] of [...peers]) {
      try {
        await peer.answer();
      } catch {
        peers.delete(name);
      }
    }
    const question = (name: string, count: number) => (name === "pytorch" ? `${count}` : `updates ${count}`);
    const found = new Map([...peers.keys()].map((name) => [name, [] as number[]]));
    for (const [name, peer] of peers) await peer.ask(question(name, WARM_UP));
    for (let round = 1; round <= rounds; round++) {
      for (const [name, peer] of peers) {
        tell(`twin migration: updates, ${name}, round ${round} of ${rounds} …`);
        const { seconds, updates } = await peer.ask(question(name, UPDATES));
        found.get(name)!.push(updates! / seconds);
      }
    }
    const rate = (name: "wasm" | "native" | "pytorch") => (found.has(name) ? median(found.get(name)!) : null);
    const ratio = (name: "wasm" | "native") => {
      const [mine, theirs] = [found.get(name), found.get("pytorch")];
      return mine === undefined || theirs === undefined
        ? null
        : median(mine.map((value, round) => value / theirs[round]!));
    };
    const runner = peers.get("native") ?? peers.get("wasm")!;
    const envStepsPerSecond = { "20/4/2": 0, "100/10/3": 0 };
    for (const [size, count] of Object.entries(STEPS) as [keyof typeof STEPS, number][]) {
      tell(`twin migration: environment ${size} …`);
      await runner.ask(`steps ${size.replaceAll("/", " ")} ${count / 10}`);
      const { seconds } = await runner.ask(`steps ${size.replaceAll("/", " ")} ${count}`);
      envStepsPerSecond[size] = count / seconds;
    }
    const train = async (how: "cold" | "warm") => {
      tell(`twin migration: a ${how} run${quick ? ", extrapolated" : ""} …`);
      return runner.ask(`train ${how}${quick ? ` ${QUICK_EPISODES}` : ""}`);
    };
    const cold = await train("cold");
    const warm = await train("warm");
    return {
      envStepsPerSecond,
      updatesPerSecond: { wasm: rate("wasm"), native: rate("native"), pytorch: rate("pytorch") },
      ratios: { wasm: ratio("wasm"), native: ratio("native") },
      trainSeconds: { cold60: cold.seconds, warm160: warm.seconds },
      extrapolated: cold.extrapolated === true || warm.extrapolated === true,
    };
  } finally {
    for (const peer of peers.values()) peer.close();
  }
}

/** What learnerPeer.py is told of sizes. */
function peerSizes(): string {
  const { sizes, serverLinks, objectiveWeights } = new MigrationGraph(
    gridWorld(TRAINING_SIZE, DEFAULT_PARAMETERS),
  );
  return JSON.stringify({
    ...sizes,
    width: 64,
    batch: 32,
    serverLinks: Array.from(serverLinks),
    objectiveWeights,
  });
}
