import { join } from "node:path";
import { decoupledPrices } from "../mechanisms/model-trading/mathematics/decoupledPrices.ts";
import { greatest, least } from "../numerics/extremes.ts";
import type { BaseError } from "../protocol/BaseError.ts";
import { BenchPeer } from "./BenchPeer.ts";
import { median } from "./median.ts";
import { pythonWith } from "./pythonWith.ts";
import { PYTORCH } from "./pytorch.ts";
import { reinforcementMarket } from "./reinforcementMarket.ts";

/** Updates of a run: 14 × 256 = 3,584 steps of environments. */
const UPDATES = 14;
const ENGINES = {
  wasm: { numericClass: "strict", native: "off" },
  native: { numericClass: "strict", native: "required" },
} as const;

/** How PyTorch is used: a module an agent, or all agents' networks in one batched product; one thread or two. */
const PYTORCH_WAYS = [
  { how: "apart", threads: 1 },
  { how: "apart", threads: 2 },
  { how: "stacked", threads: 1 },
  { how: "stacked", threads: 2 },
] as const;

/** What a peer tells of a run. */
interface Run {
  readonly collecting: number;
  readonly updating: number;
  readonly steps: number;
  readonly gradients: number;
  readonly utilities: readonly number[];
}

/** What is measured of one learner. */
export interface ReinforcementCase {
  readonly learner: string;
  /** Steps of environments a second while experience is collected: acting, answering, keeping. */
  readonly environmentStepsPerSecond: number;
  /** Gradient steps a second while agents learn; one is of an agent's actor and critic. */
  readonly updatesPerSecond: number;
  /** Steps of environments a second of whole runs. */
  readonly trainedStepsPerSecond: number;
  /** Least share of the equilibrium's total utility that a run came to. */
  readonly share: number;
}

/**
 * Medians of ours over the fastest PyTorch's, which may be another one a quantity, in the same
 * round; null without PyTorch.
 */
export interface Ratios {
  readonly environmentSteps: number;
  readonly updates: number;
  readonly trainedSteps: number;
}

/** The outcome of {@link benchReinforcement}. */
export interface ReinforcementBench {
  /** The engine that is used here unless another is asked for. */
  readonly engine: keyof typeof ENGINES;
  /** Its ratios. */
  readonly ratio: Ratios | null;
  readonly ratios: Readonly<Record<keyof typeof ENGINES, Ratios | null>>;
  readonly cases: readonly ReinforcementCase[];
  /** PyTorch's version, or why there is none. */
  readonly pytorch: string;
}

/**
 * Has MDDR learn the canonical game's prices on our engine and in PyTorch, in turn: the same
 * networks, batches, steps and environment. Seconds are a processor's, as
 * in `bench learning`; of the clock for two threads.
 *
 * @param rounds - Turns, ≥ 1; one more comes first and does not count.
 */
export async function benchReinforcement(
  { rounds }: { readonly rounds: number },
  { tell }: { readonly tell: (doing: string) => void },
): Promise<ReinforcementBench> {
  const peers: BenchPeer<Run>[] = [];
  try {
    tell("PyTorch …");
    const python = await pythonWith(PYTORCH).catch((error: BaseError) => error);
    if (typeof python === "string") {
      const script = join(import.meta.dirname, "reinforcementPeer.py");
      for (const { how, threads } of PYTORCH_WAYS) {
        const name = `pytorch, ${how}, ${threads} thread${threads > 1 ? "s" : ""}`;
        peers.push(new BenchPeer(name, python, [script, how, String(threads), pythonGame()], threads));
      }
    }
    const trainer = join(import.meta.dirname, "reinforcementTrainer.ts");
    for (const [engine, options] of Object.entries(ENGINES)) {
      peers.push(new BenchPeer(engine, process.execPath, [trainer, JSON.stringify(options)]));
    }
    let version = "unknown";
    for (const peer of [...peers]) {
      try {
        const hello = (await peer.answer()) as { version?: string };
        version = hello.version ?? version;
      } catch {
        peers.splice(peers.indexOf(peer), 1);
      }
    }
    const runs = new Map(peers.map(({ name }) => [name, [] as Run[]]));
    for (let round = 0; round <= rounds; round++) {
      for (const peer of peers) {
        tell(`${peer.name}, round ${round} of ${rounds} …`);
        runs.get(peer.name)!.push(await peer.ask(`${round + 1} ${UPDATES}`));
      }
      if (round > 0) continue;
      // The first round warms up, and shows which ways of PyTorch's are never the fastest.
      for (const slow of slowerByHalf(runs)) {
        const at = peers.findIndex(({ name }) => name === slow);
        for (const peer of peers.splice(at, 1)) peer.close();
        runs.delete(slow);
      }
      for (const found of runs.values()) found.length = 0;
    }
    const ratios = { wasm: ratiosOf("wasm", runs), native: ratiosOf("native", runs) };
    const engine = runs.has("native") ? "native" : "wasm";
    return {
      engine,
      ratio: ratios[engine],
      ratios,
      cases: [...runs].map(([learner, found]) => caseOf(learner, found)),
      pytorch: typeof python === "string" ? version : python.message,
    };
  } finally {
    for (const peer of peers) peer.close();
  }
}

const QUANTITIES = {
  environmentSteps: ({ steps, collecting }: Run) => steps / collecting,
  updates: ({ gradients, updating }: Run) => gradients / updating,
  trainedSteps: ({ steps, collecting, updating }: Run) => steps / (collecting + updating),
} as const;

/** The ways of PyTorch's that do less than half of its fastest in every quantity. */
function slowerByHalf(runs: ReadonlyMap<string, readonly Run[]>): string[] {
  const theirs = [...runs].filter(([name]) => name.startsWith("pytorch"));
  return theirs
    .filter(([, [run]]) =>
      Object.values(QUANTITIES).every(
        (of) => 2 * of(run!) < greatest(theirs.map(([, [other]]) => of(other!))),
      ),
    )
    .map(([name]) => name);
}

function caseOf(learner: string, runs: readonly Run[]): ReinforcementCase {
  const { game, participation } = reinforcementMarket();
  const best = total(decoupledPrices(game, participation).utility);
  const shares = runs.map(({ utilities }) => total(utilities) / best);
  return {
    learner,
    environmentStepsPerSecond: median(runs.map(QUANTITIES.environmentSteps)),
    updatesPerSecond: median(runs.map(QUANTITIES.updates)),
    trainedStepsPerSecond: median(runs.map(QUANTITIES.trainedSteps)),
    share: least(shares),
  };
}

function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function ratiosOf(engine: keyof typeof ENGINES, runs: ReadonlyMap<string, readonly Run[]>): Ratios | null {
  const ours = runs.get(engine);
  const theirs = [...runs].filter(([name]) => name.startsWith("pytorch")).map(([, found]) => found);
  if (ours === undefined || theirs.length === 0) return null;
  const ratio = (quantity: keyof typeof QUANTITIES) => {
    const of = QUANTITIES[quantity];
    return median(ours.map((run, round) => of(run) / greatest(theirs.map((found) => of(found[round]!)))));
  };
  return {
    environmentSteps: ratio("environmentSteps"),
    updates: ratio("updates"),
    trainedSteps: ratio("trainedSteps"),
  };
}

/** The market as reinforcementPeer.py takes it: rows by MSP. */
function pythonGame(): string {
  const { game, lowestPrice, highestPrice } = reinforcementMarket();
  const { users, providers, costRoot, contribution, halfDeadline, profit } = game;
  const rows = (values: Float64Array) =>
    Array.from({ length: providers }, (_, n) =>
      Array.from({ length: users }, (_, m) => values[m * providers + n]!),
    );
  return JSON.stringify({
    ...{ k: rows(costRoot), I: rows(contribution), half: Array.from(halfDeadline), mu: Array.from(profit) },
    ...{ low: lowestPrice, high: highestPrice },
  });
}
