import { join } from "node:path";
import type { BaseError } from "../protocol/BaseError.ts";
import { BenchPeer } from "./BenchPeer.ts";
import { LEARNING_NETWORKS, type NetworkName } from "./learningNetworks.ts";
import { median } from "./median.ts";
import { pythonWith } from "./pythonWith.ts";
import { PYTORCH } from "./pytorch.ts";

const NETWORKS = Object.keys(LEARNING_NETWORKS) as NetworkName[];
const ENGINES = ["wasm", "native", "fast"] as const;
const OPTIONS = {
  wasm: { numericClass: "strict", native: "off" },
  native: { numericClass: "strict", native: "required" },
  fast: { numericClass: "fast", native: "required" },
} as const;

/** What is measured of one engine on one network. */
export interface LearningCase {
  readonly engine: (typeof ENGINES)[number] | "pytorch";
  readonly network: NetworkName;
  /** Median images a CPU-second. */
  readonly imagesPerSecond: number;
  /** GFLOP/s of the network's direct form: minimal filtering computes fewer, so this may pass the peak. */
  readonly gflops: number;
  /** The peak of the engine's numeric class and instructions, GFLOP/s. */
  readonly peakGflops: number | undefined;
  /** Median over the rounds of images a CPU-second as a share of PyTorch's in the same round. */
  readonly ratio: number | undefined;
}

/** The outcome of {@link benchLearning}. */
export interface LearningBench {
  /** Ratios to PyTorch by engine and network; null without PyTorch. */
  readonly engine: Readonly<Record<string, Readonly<Record<NetworkName, number | null>>>>;
  readonly cases: readonly LearningCase[];
  /** PyTorch's version, or why there is none. */
  readonly pytorch: string;
}

/**
 * Trains the three networks on each engine and on PyTorch, one thread each, in turn,
 * and compares images a CPU-second.
 *
 * @param rounds - Turns, ≥ 1; one more comes first and does not count.
 */
export async function benchLearning(
  { rounds }: { readonly rounds: number },
  { tell }: { readonly tell: (doing: string) => void },
): Promise<LearningBench> {
  const trainer = join(import.meta.dirname, "learningTrainer.ts");
  const peers: BenchPeer<{ images: number; seconds: number }>[] = [];
  try {
    tell("PyTorch …");
    const python = await pythonWith(PYTORCH).catch((error: BaseError) => error);
    if (typeof python === "string") {
      peers.push(new BenchPeer("pytorch", python, [join(import.meta.dirname, "learningPeer.py")]));
    }
    for (const engine of ENGINES) {
      peers.push(new BenchPeer(engine, process.execPath, [trainer, JSON.stringify(OPTIONS[engine])]));
    }
    const hellos = new Map<string, { version?: string; peak?: number }>();
    for (const peer of [...peers]) {
      try {
        hellos.set(peer.name, (await peer.answer()) as { version?: string; peak?: number });
      } catch {
        peers.splice(peers.indexOf(peer), 1);
      }
    }
    const cases: LearningCase[] = [];
    for (const network of NETWORKS) {
      const { steps, flops } = LEARNING_NETWORKS[network];
      const speeds = new Map(peers.map(({ name }) => [name, [] as number[]]));
      for (let round = 0; round <= rounds; round++) {
        for (const peer of peers) {
          tell(`${network} on ${peer.name}, round ${round} of ${rounds} …`);
          const { images, seconds } = await peer.ask(`${network} ${steps}`);
          if (round > 0) speeds.get(peer.name)!.push(images / seconds);
        }
      }
      const theirs = speeds.get("pytorch");
      for (const [engine, ours] of speeds) {
        const imagesPerSecond = median(ours);
        cases.push({
          engine: engine as LearningCase["engine"],
          network,
          imagesPerSecond,
          gflops: (imagesPerSecond * flops) / 1e9,
          peakGflops: hellos.get(engine)?.peak,
          ratio: theirs && median(ours.map((speed, index) => speed / theirs[index]!)),
        });
      }
    }
    return {
      engine: Object.fromEntries(
        ENGINES.map((engine) => [engine, ratiosOf(cases.filter((one) => one.engine === engine))]),
      ),
      cases,
      pytorch: typeof python === "string" ? (hellos.get("pytorch")?.version ?? "unknown") : python.message,
    };
  } finally {
    for (const peer of peers) peer.close();
  }
}

function ratiosOf(cases: readonly LearningCase[]): Record<NetworkName, number | null> {
  return Object.fromEntries(
    NETWORKS.map((network) => [network, cases.find((one) => one.network === network)?.ratio ?? null]),
  ) as Record<NetworkName, number | null>;
}
